//! What a plan is, by example.

mod build;
mod layout;
mod rules;
mod workable;
