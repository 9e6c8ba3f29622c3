//! A real browser without a window, for pages that people read: Chromium, spoken to over its DevTools protocol. It runs no script of a page.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Nothing here takes longer, or it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Browser {
    program: Child,
    socket: WebSocketStream<TcpStream>,
    session: Option<String>,
    asked: u64,
    /// What it told by itself.
    told: Vec<Value>,
    _folder: TempDir,
}

impl Browser {
    /// Starts one that knows nothing, with scripts switched off.
    pub async fn without_scripts() -> Self {
        let folder = TempDir::new().unwrap();
        let mut program = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--remote-debugging-port=0", &format!("--user-data-dir={}", folder.path().display()), "about:blank"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|fault| panic!("chromium cannot be started ({fault}): tests/need chromium"));
        let said = BufReader::new(program.stderr.take().unwrap());
        let mut said = said.lines().map_while(Result::ok);
        let address = said.by_ref().find_map(|line| line.strip_prefix("DevTools listening on ").map(str::to_owned));
        let address = address.expect("chromium ended before it listened");
        // Whoever does not listen to what it says stops it.
        std::thread::spawn(move || said.for_each(drop));
        let host = address.strip_prefix("ws://").unwrap().split('/').next().unwrap().to_owned();
        let (socket, _) = client_async(address, TcpStream::connect(host).await.unwrap()).await.unwrap();
        let mut this = Self { program, socket, session: None, asked: 0, told: Vec::new(), _folder: folder };
        let page = this.asks("Target.createTarget", json!({ "url": "about:blank" })).await["targetId"].clone();
        let attached = this.asks("Target.attachToTarget", json!({ "targetId": page, "flatten": true })).await;
        this.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Runtime"] {
            this.asks(&format!("{domain}.enable"), json!({})).await;
        }
        this.asks("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        this
    }

    /// Opens a page at a width; everything that was fetched for it.
    pub async fn opens(&mut self, address: &str, width: u32) -> Vec<String> {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.asks("Emulation.setDeviceMetricsOverride", metrics).await;
        self.told.clear();
        let opened = self.asks("Page.navigate", json!({ "url": address })).await;
        assert!(opened["errorText"].is_null(), "{opened}");
        while !self.told.iter().any(|one| one["method"] == "Page.loadEventFired") {
            self.hears().await;
        }
        let fetched = self.told.iter().filter(|one| one["method"] == "Network.requestWillBeSent");
        fetched.map(|one| one["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// What an expression of ours comes to on the page.
    pub async fn finds(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let found = self.asks("Runtime.evaluate", asked).await;
        assert!(found["exceptionDetails"].is_null(), "{expression}: {found}");
        found["result"]["value"].clone()
    }

    /// The whole page as a picture (PNG).
    pub async fn picture(&mut self) -> Vec<u8> {
        self.bytes("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await
    }

    /// The page as it is printed (PDF), on the paper that it asks for.
    pub async fn prints(&mut self) -> Vec<u8> {
        self.bytes("Page.printToPDF", json!({ "preferCSSPageSize": true })).await
    }

    async fn bytes(&mut self, method: &str, parameters: Value) -> Vec<u8> {
        let answer = self.asks(method, parameters).await;
        STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    async fn asks(&mut self, method: &str, parameters: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        loop {
            let heard = self.hears().await;
            if heard["id"] == self.asked {
                assert!(heard["error"].is_null(), "{method}: {heard}");
                return heard["result"].clone();
            }
        }
    }

    async fn hears(&mut self) -> Value {
        let message = timeout(PATIENCE, self.socket.next()).await.expect("the browser says nothing");
        let text = message.expect("the browser is gone").unwrap().into_text().unwrap();
        let heard: Value = serde_json::from_str(&text).unwrap();
        if heard["method"].is_string() {
            self.told.push(heard.clone());
        }
        heard
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its helpers end with it.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
