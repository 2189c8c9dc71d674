//! What a plan is, by example.

mod build;
mod layout;
mod restore;
mod rules;
mod workable;
