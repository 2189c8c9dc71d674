//! `backupctl serve`: what a program gets from it, and what a person sees in a browser.

mod asked;
mod browser;
#[path = "../common/mod.rs"]
mod common;
mod looks;
mod newcomer;
mod pages;
mod requests;
#[path = "../common/served.rs"]
mod served;
mod tools;
mod walk;
