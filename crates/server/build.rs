//! Makes sure that the folder of the built web UI exists, so that the program builds without Node.

use std::path::Path;
use std::{env, fs, io};

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Netgain</title>\n\
    <p>The web UI is not part of this build. Run <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code> \
    and build again. The API is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p>\n</html>\n";

fn main() -> io::Result<()> {
    let Ok(here) = env::var("CARGO_MANIFEST_DIR") else {
        return Err(io::Error::other("CARGO_MANIFEST_DIR is not set: build with cargo"));
    };
    let dist = Path::new(&here).join("../../web/dist");
    let index = dist.join("index.html");
    if !index.exists() {
        fs::create_dir_all(&dist)?;
        fs::write(&index, PLACEHOLDER)?;
        println!(
            "cargo::warning=web/dist is empty: the binary will hold a placeholder instead of the web UI"
        );
    }
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
