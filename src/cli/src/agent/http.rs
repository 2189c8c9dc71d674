//! How the servers of a network are spoken to.

use anyhow::{Context, Result};
use ic_agent::{
    Agent,
    export::reqwest::{Client, Url},
};
use std::time::Duration;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one request may take, with two megabytes of an answer on a slow line.
const HTTP_TIMEOUT: Duration = Duration::from_mins(2);

/// An agent of nobody yet, for the network at this address.
pub fn agent(address: &Url) -> Result<Agent> {
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(HTTP_TIMEOUT)
        .build()
        .context("the HTTP client cannot be made")?;
    Ok(Agent::builder().with_url(address.as_str()).with_http_client(client).build()?)
}
