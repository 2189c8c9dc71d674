//! `backup-journal` against `canic-backup`, which it reproduces.
//!
//! Both are given the same plans, registries, preflight receipts and sequences of calls, right and wrong
//! ones mixed, and must answer alike: accepted or refused, for which reason, and with which journal
//! afterwards. Where this repository departs from the reference on purpose, the expectation says so by
//! the number that the departure has in the design: [`pair`] has 1, 2, 4, 5 and 7, [`errors`] has 3.
//!
//! `CONFORMANCE_CASES` sets how many sequences of calls are tried (20,000 unless said otherwise; the
//! other properties grow with it), `CONFORMANCE_SEED` repeats a run.

mod batches;
mod bundle_flaws;
mod bundles;
mod compare;
mod convert;
mod coverage;
mod domain;
mod errors;
mod journals;
mod pair;
mod plan_flaws;
mod plans;
mod receipts;
mod registries;
mod requests;
mod runner;
mod steps;
mod waves;
