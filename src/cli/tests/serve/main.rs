//! `backupctl serve`: what a program gets from it, and what a person sees in a browser.

mod requests;
mod served;
