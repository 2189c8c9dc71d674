//! A running `backupctl serve`, asked for its pages.

use crate::served::Served;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// Requests to what is served.
pub trait Asked {
    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// The address of a page.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Sends these bytes, and reads until the connection is closed.
    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address()).expect("it listens");
        // It may hang up in the middle, which is its good right.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks for a page.
    fn get(&self, path: &str) -> String {
        let host = self.address();
        self.send(
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
    }
}

impl Asked for Served {
    fn address(&self) -> SocketAddr {
        let url = self.said["url"].as_str().expect("a text");
        let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix("/dashboard"));
        address.expect(url).parse().expect("an address")
    }
}
