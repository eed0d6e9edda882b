//! Chromium, headless, by its DevTools protocol over a pipe.
//!
//! Elements are found as a screen reader finds them: by role and name.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the browser may take for one step, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const MISSING: &str = "no Chromium found: scripts/test installs it where it can; otherwise install \
                       it (Debian: apt-get install chromium) or let CHROMIUM name the program";

pub(crate) struct Browser {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    calls: u64,
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser with an empty profile and one page.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more switches.
    pub(crate) fn start_with(switches: &[&str]) -> Self {
        let program = program().expect(MISSING);
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("sh");
        // The browser speaks over the files 3 and 4.
        command.args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"]);
        command.arg(program).arg(format!("--user-data-dir={}", profile.path().display()));
        command.args([
            "--headless",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-sync",
            "--no-first-run",
            "--window-size=800,700",
        ]);
        command.args(switches);
        if profile.path().metadata().expect("a folder").uid() == 0 {
            // Chromium's sandbox doesn't work for root, which is who runs tests in containers.
            command.arg("--no-sandbox");
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the browser starts");
        let commands = process.stdin.take().expect("a pipe");
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let parsed = serde_json::from_slice(&message).expect("a message is JSON");
                message.clear();
                if send.send(parsed).is_err() {
                    break;
                }
            }
        });
        let mut browser =
            Self { process, commands, messages, session: None, calls: 0, _profile: profile };
        let page = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": page["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", &target);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "DOM", "Accessibility"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        browser
    }

    /// Opens an address.
    pub(crate) fn open(&mut self, url: &str) {
        let answer = self.call("Page.navigate", &json!({"url": url}));
        assert!(answer.get("errorText").is_none(), "{answer}");
    }

    /// Waits until a page is there that shows this text.
    pub(crate) fn wait_for_text(&mut self, text: &str) {
        let script = "document.readyState === 'complete' ? document.body.innerText : ''";
        self.wait_until(text, |browser| {
            browser.evaluate(script).is_some_and(|all| all.contains(text))
        });
    }

    /// Waits until the cursor stands in the field of this name: a new page puts it there a bit later.
    pub(crate) fn wait_for_cursor(&mut self, field: &str) {
        self.wait_until(field, |browser| {
            let nodes = browser.nodes();
            nodes.iter().any(|node| is(node, "textbox", field) && has_cursor(node))
        });
    }

    pub(crate) fn title(&mut self) -> Option<String> {
        self.evaluate("document.title")
    }

    /// Types text at the cursor.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Presses a key: Tab or Enter.
    pub(crate) fn press(&mut self, key: &str) {
        let (code, text) = if key == "Tab" { (9, "") } else { (13, "\r") };
        let event = json!({"key": key, "code": key, "windowsVirtualKeyCode": code});
        let mut down = event.clone();
        down["type"] = "keyDown".into();
        down["text"] = text.into();
        self.call("Input.dispatchKeyEvent", &down);
        let mut up = event;
        up["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// Clicks in the middle of an element.
    pub(crate) fn click(&mut self, role: &str, name: &str) {
        let node = self.nodes().into_iter().find(|node| is(node, role, name));
        let node = node.unwrap_or_else(|| panic!("no {role} {name:?} on the page"));
        let shape =
            self.call("DOM.getBoxModel", &json!({"backendNodeId": node["backendDOMNodeId"]}));
        let corner = |index: usize| shape["model"]["content"][index].as_f64().expect("a number");
        let (x, y) = ((corner(0) + corner(4)) / 2.0, (corner(1) + corner(5)) / 2.0);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Returns what the first element of a role says, for roles that a page gives explicitly.
    pub(crate) fn says(&mut self, role: &str) -> Option<String> {
        self.evaluate(&format!("document.querySelector('[role={role}]')?.textContent ?? ''"))
    }

    /// Takes a screenshot, if somebody wants to see them.
    pub(crate) fn look(&mut self, name: &str) {
        let Some(folder) = super::screenshots() else { return };
        let answer = self.screenshot();
        let image = STANDARD.decode(answer["data"].as_str().expect("an image")).expect("base64");
        std::fs::write(folder.join(format!("{name}.png")), image).expect("a writable folder");
    }

    fn nodes(&mut self) -> Vec<Value> {
        // While one page gives way to the next there is no tree.
        let tree = self.try_call("Accessibility.getFullAXTree", &json!({})).unwrap_or_default();
        tree["nodes"].as_array().cloned().unwrap_or_default()
    }

    /// Returns the text that an expression gives, if it gives one on the page that is there now.
    fn evaluate(&mut self, expression: &str) -> Option<String> {
        let answer = self.try_call("Runtime.evaluate", &json!({"expression": expression})).ok()?;
        answer["result"]["value"].as_str().map(str::to_owned)
    }

    fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            if begin.elapsed() > PATIENCE {
                let text = self.evaluate("document.body.innerText");
                panic!("waited for {what:?} in vain; the page says {text:?}");
            }
            // The browser doesn't tell when it has laid out a page or moved the cursor.
            std::thread::sleep(Duration::from_millis(20));
        }
        // The browser throws keys and clicks away until it has drawn the page once.
        self.screenshot();
    }

    fn screenshot(&mut self) -> Value {
        self.call("Page.captureScreenshot", &json!({"format": "png"}))
    }

    /// Calls the browser and waits for its answer.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).expect("the browser listens");
        loop {
            let mut answer = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| {
                panic!("waiting for {method}: {error}; the browser ended or hangs")
            });
            if answer["id"] == self.calls {
                return match answer.get_mut("error") {
                    Some(error) => Err(error.take()),
                    None => Ok(answer["result"].take()),
                };
            }
        }
    }
}

fn is(node: &Value, role: &str, name: &str) -> bool {
    node["role"]["value"] == role && node["name"]["value"] == name
}

fn has_cursor(node: &Value) -> bool {
    node["properties"].as_array().is_some_and(|properties| {
        properties
            .iter()
            .any(|property| property["name"] == "focused" && property["value"]["value"] == true)
    })
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Finds the browser: what the variable CHROMIUM names, else one of the usual names.
fn program() -> Option<PathBuf> {
    if let Some(program) = std::env::var_os("CHROMIUM") {
        return Some(program.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
