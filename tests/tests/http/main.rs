//! What a browser, a scraper and a gateway get from the coordinator, on the sandbox and on `PocketIC`.

#![allow(clippy::float_cmp, reason = "figures are counts, which are exact")]

mod certification;
mod cost;
mod cycles;
mod dashboard;
mod escaping;
mod executions;
mod head;
mod health;
mod html;
mod logs;
mod members;
mod memory;
mod metrics;
mod redirects;
mod refusals;
mod run;
mod table;
mod waves;
