//! The check for floats must fail where it should, and the real workspace must pass it.

use std::path::Path;

use xtask::floats::{ALLOWED, check, in_source};

fn found(source: &str) -> Vec<String> {
    in_source("x.rs", source).into_iter().map(|finding| finding.what).collect()
}

#[test]
fn every_way_to_a_float_is_found() {
    for (source, what) in [
        ("fn net(amount: f64) -> Decimal {", "f64"),
        ("let part = amount as f32;", "f32"),
        ("amount.to_f64().unwrap_or_default()", "to_f64"),
        ("Decimal::from_f64_retain(x)", "from_f64_retain"),
        ("value.as_f64()", "as_f64"),
        ("let share = amount * 0.4;", "0.4"),
        ("let tiny = 1e-9;", "1e-9"),
        ("\"SELECT avg(total) FROM orders\"", "AVG"),
        ("format!(\"avg({field})\")", "AVG"),
        ("\"SELECT CAST(total AS DOUBLE) FROM orders\"", "DOUBLE"),
        ("\"SELECT sum(net) / sum(gross) AS margin FROM daily_pnl\"", "/"),
        ("let ratio = format!(\"sum({net}) / sum({gross})\");", "/"),
        ("r#\"SELECT total::FLOAT FROM orders\"#", "FLOAT"),
    ] {
        assert_eq!(found(source), [what], "{source}");
    }
}

#[test]
fn what_is_no_float_passes() {
    for source in [
        "// an f64 would lose 1.5 cents",
        "let half = Decimal::new(5, 1);",
        "let text = \"1.5 or f64\";",
        "let pair = rows.0.1;",
        "for at in 0..10 {",
        "let id = 0x1f64;",
        "\"SELECT name || ' / ' || title FROM orders\"",
        "\"SELECT sum(total) FROM orders -- exact\"",
        "\"https://shop.example/a/b\"",
    ] {
        assert_eq!(found(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn no_amount_passes_through_a_float() -> std::io::Result<()> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let report = check(&crates)?;
    let told: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(report.needless.is_empty(), "no float is left in {:?}: take them off the list", report.needless);
    assert!(report.files > 100, "only {} files were looked at", report.files);
    assert!(ALLOWED.iter().all(|(_, reason)| !reason.is_empty()));
    Ok(())
}
