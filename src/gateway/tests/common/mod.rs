//! A sandbox that is served, and a canister in it.

use candid::{Principal, encode_one};
use canister_sandbox::Sandbox;
use ic_http_types::HttpResponse;
use sandbox_gateway::Gateway;
use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

/// What the canister shows as its page.
pub const PAGE: &str = "<p>the page of the probe";

/// A sandbox that is served until the tests end.
pub struct Served {
    /// The sandbox.
    pub sandbox: Arc<Mutex<Sandbox>>,
    /// Where the interface is.
    pub url: String,
    /// The canister of `probe.wat`; it is a controller of itself.
    pub canister: Principal,
}

impl Served {
    /// Serves a sandbox with a canister of these controllers.
    pub fn start(controllers: &[Principal]) -> Self {
        let mut sandbox = Sandbox::new();
        let installer = Principal::self_authenticating(b"the installer of the probe");
        let canister = sandbox.create_canister(&[installer]);
        sandbox.install(installer, canister, &probe(), Vec::new()).expect("installed");
        sandbox.set_controllers(canister, &[controllers, &[canister]].concat());
        let sandbox = Arc::new(Mutex::new(sandbox));
        let gateway = Gateway::new(Arc::clone(&sandbox));
        let address = gateway.serve_in_background().expect("it serves");
        Self { sandbox, url: format!("http://{address}"), canister }
    }
}

/// The module of the canister.
pub fn probe() -> Vec<u8> {
    let page = HttpResponse {
        status_code: 200,
        headers: vec![("Content-Type".to_owned(), "text/html".to_owned())],
        body: PAGE.as_bytes().to_vec().into(),
    };
    let page = encode_one(page).expect("encoded");
    let escaped = page.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").expect("a string takes it");
        text
    });
    let source = include_str!("probe.wat")
        .replace("{page}", &escaped)
        .replace("{length}", &page.len().to_string());
    wat::parse_str(source).expect("a module")
}
