//! A headless Chromium and its driver. Both end with the values they are, whatever a test finds.

use fantoccini::{Client, ClientBuilder, wd::WebDriverCompatibleCommand};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use url::{ParseError, Url};

/// How long the browser may take to start.
const START: Duration = Duration::from_mins(1);

/// A process that is ended with this value.
struct Process(Child);

impl Process {
    /// The program that this variable names, or else the one of this name.
    fn start(variable: &str, name: &str, args: &[impl AsRef<OsStr>]) -> Self {
        let program = env::var_os(variable).unwrap_or_else(|| name.into());
        let process =
            Command::new(&program).args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        Self(process.unwrap_or_else(|error| {
            panic!("{}: {error}; scripts/install-browser.sh installs it", program.display())
        }))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A window of a browser that reaches nothing but this machine.
pub struct Browser {
    /// What drives it.
    pub client: Client,
    _driver: Process,
    _chromium: Process,
    _profile: TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// What pictures are named after.
    pub name: &'static str,
    /// How wide its window is.
    pub width: u32,
    height: u32,
    phone: bool,
    dark: bool,
}

/// The ways in which every page is looked at.
pub const VIEWS: [View; 4] = [
    View { name: "desktop", width: 1280, height: 900, phone: false, dark: false },
    View { name: "desktop-dark", width: 1280, height: 900, phone: false, dark: true },
    View { name: "phone", width: 390, height: 844, phone: true, dark: false },
    View { name: "phone-dark", width: 390, height: 844, phone: true, dark: true },
];

impl Browser {
    /// Starts a browser with an empty profile.
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let chromium = start_chromium(&profile);
        let port = debugging_port(&profile);
        let mut driver = Process::start("CHROMEDRIVER", "chromedriver", &["--port=0"]);
        let address = format!("http://127.0.0.1:{}", driver_port(&mut driver));
        let options =
            json!({"goog:chromeOptions": {"debuggerAddress": format!("127.0.0.1:{port}")}});
        let options = options.as_object().expect("an object").clone();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(options)
            .connect(&address)
            .await
            .expect("the driver finds the browser");
        Self { client, _driver: driver, _chromium: chromium, _profile: profile }
    }

    /// Looks at pages in this way from now on.
    pub async fn view(&self, view: View) {
        let View { width, height, phone, dark, .. } = view;
        let metrics = json!({
            "width": width, "height": height, "mobile": phone, "deviceScaleFactor": if phone { 2 } else { 1 },
        });
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.command("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Gives a command to the browser itself.
    async fn command(&self, name: &'static str, parameters: Value) -> Value {
        let command = DevTools { name, parameters };
        self.client.issue_cmd(command).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// What a script finds out about the page.
    pub async fn ask(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Keeps what can be seen, in `target/screenshots`.
    pub async fn shoot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
        fs::create_dir_all(&folder).expect("a folder");
        let picture = self.client.screenshot().await.expect("a picture");
        fs::write(folder.join(format!("{name}.png")), picture).expect("written");
    }
}

fn start_chromium(profile: &TempDir) -> Process {
    let profile = format!("--user-data-dir={}", profile.path().display());
    let args = [
        "--headless",
        // As root, and in most containers, the browser's own sandbox cannot be set up.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--remote-debugging-port=0",
        &profile,
        "about:blank",
    ];
    Process::start("CHROMIUM", "chromium", &args)
}

/// The port that the browser writes down once it listens.
fn debugging_port(profile: &TempDir) -> u16 {
    let file = profile.path().join("DevToolsActivePort");
    let begun = Instant::now();
    while begun.elapsed() < START {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Some(Ok(port)) = text.split_once('\n').map(|(port, _)| port.parse()) {
            return port;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the browser did not start within {START:?}")
}

/// The port that the driver says it listens on.
fn driver_port(driver: &mut Process) -> u16 {
    let stdout = driver.0.stdout.take().expect("a pipe");
    let said = BufReader::new(stdout).lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    said.expect("the driver says where it listens")
}

/// A command of the browser's own protocol, which its driver passes on.
#[derive(Debug)]
struct DevTools {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}
