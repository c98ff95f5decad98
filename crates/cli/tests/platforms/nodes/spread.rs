//! What stands before several nodes: one address whose connections go to each living node in turn.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The nodes' common address.
pub struct Spread {
    pub address: String,
    nodes: Arc<Mutex<Vec<String>>>,
}

impl Spread {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let nodes: Arc<Mutex<Vec<String>>> = Arc::default();
        let known = Arc::clone(&nodes);
        std::thread::spawn(move || {
            for (turn, caller) in listener.incoming().enumerate() {
                let (Ok(caller), nodes) = (caller, known.lock().unwrap().clone()) else { continue };
                // one that is gone is passed by
                let reached = (0..nodes.len())
                    .find_map(|next| TcpStream::connect(&nodes[(turn + next) % nodes.len()]).ok());
                if let Some(node) = reached {
                    join(&caller, &node);
                }
            }
        });
        Self { address, nodes }
    }

    /// Sends connections to these nodes from now on.
    pub fn to<'a>(&self, addresses: impl Iterator<Item = &'a String>) {
        let hosts = addresses.map(|address| address.strip_prefix("http://").unwrap().to_owned());
        *self.nodes.lock().unwrap() = hosts.collect();
    }
}

fn join(caller: &TcpStream, node: &TcpStream) {
    for (from, to) in [(caller, node), (node, caller)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || {
            let mut bytes = [0; 16 << 10];
            while let Ok(read @ 1..) = from.read(&mut bytes) {
                if to.write_all(&bytes[..read]).is_err() {
                    break;
                }
            }
            // either side may be gone already
            drop(to.shutdown(Shutdown::Write));
        });
    }
}
