//! The program as a user runs it, against the sandbox's platforms.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod asked;
mod campaigns;
mod cdnow;
mod commands;
mod completeness;
mod demo;
mod faults;
mod golden;
mod kill;
mod kpis;
mod migrate;
mod nodes;
mod postgres;
mod replay;
mod schedule;
mod support;
mod truth;
mod unit_costs;
