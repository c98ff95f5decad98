//! The little of a browser that a sign-in needs: cookies by host and path, and redirects that it follows.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;
use url::Url;

/// A browser with its own cookies.
#[derive(Default)]
pub struct Browser {
    /// By host (with port), path and name.
    cookies: BTreeMap<(String, String, String), String>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    pub fn location(&self) -> Url {
        self.header("location").unwrap_or_else(|| panic!("{}\n{}", self.head, self.body)).parse().unwrap()
    }

    /// The problem's code.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_else(|| panic!("{}\n{}", self.head, self.body)).to_owned()
    }
}

impl Browser {
    pub fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, "accept: application/json\r\n", "")
    }

    /// As a person's browser asks for a page.
    pub fn page(&mut self, address: &str) -> Answer {
        self.send("GET", address, "accept: text/html,application/xhtml+xml\r\n", "")
    }

    pub fn post(&mut self, address: &str, body: &Value) -> Answer {
        self.send("POST", address, "content-type: application/json\r\n", &body.to_string())
    }

    /// Any request, with further headers, each ended by a line break.
    #[allow(dead_code, reason = "another test program that shares this file needs it")]
    pub fn ask(&mut self, method: &str, address: &str, headers: &str, body: Option<&Value>) -> Answer {
        let json = if body.is_some() { "content-type: application/json\r\n" } else { "" };
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send(method, address, &format!("accept: application/json\r\n{json}{headers}"), &body)
    }

    /// Opens an address and goes where it leads; the last address and its answer.
    pub fn follow(&mut self, address: &str) -> (Url, Answer) {
        let mut at: Url = address.parse().unwrap();
        for _ in 0..10 {
            let answer = self.page(at.as_str());
            match answer.header("location") {
                Some(next) => at = at.join(next).unwrap(),
                None => return (at, answer),
            }
        }
        panic!("too many redirects, the last to {at}");
    }

    pub fn send(&mut self, method: &str, address: &str, headers: &str, body: &str) -> Answer {
        let url: Url = address.parse().unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let sent =
            self.cookies.iter().filter(|((of, path, _), _)| *of == host && url.path().starts_with(path));
        let sent: Vec<String> = sent.map(|((_, _, name), value)| format!("{name}={value}")).collect();
        let cookie = if sent.is_empty() { String::new() } else { format!("cookie: {}\r\n", sent.join("; ")) };
        let mut stream = TcpStream::connect(&host).unwrap();
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{cookie}{headers}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        let text = String::from_utf8_lossy(&text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
        let cookies = answer.head.lines().filter_map(|line| line.split_once(": "));
        for (_, cookie) in cookies.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            self.keep(host.clone(), cookie.trim());
        }
        answer
    }

    /// Has it hold a cookie, `name=value`.
    pub fn set(&mut self, host: &str, path: &str, cookie: &str) {
        self.keep(host.to_owned(), &format!("{cookie}; Path={path}"));
    }

    fn keep(&mut self, host: String, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let path = parts.find_map(|part| part.strip_prefix("Path=")).unwrap_or("/").to_owned();
        let key = (host, path, name.to_owned());
        if cookie.contains("Max-Age=0") {
            self.cookies.remove(&key);
        } else {
            self.cookies.insert(key, value.to_owned());
        }
    }
}
