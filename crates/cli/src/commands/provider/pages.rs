//! `netgain provider docs`: a page for each platform, made from its manifest.

use std::path::Path;

use anyhow::Context as _;

/// Writes the pages into `folder`; with `check` it only tells whether they are up to date.
pub fn run(folder: &Path, check: bool) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for id in netgain_providers::ids() {
        let manifest = netgain_providers::manifest(id)?.with_context(|| format!("{id} is not built in"))?;
        let page = netgain_providers::page(&manifest);
        let path = folder.join(format!("{id}.md"));
        if std::fs::read_to_string(&path).is_ok_and(|found| found == page) {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
            continue;
        }
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        eprintln!("{}", path.display());
    }
    if stale.is_empty() {
        return Ok(());
    }
    anyhow::bail!("not up to date: {}; run `netgain provider docs`", stale.join(", "))
}
