//! What the program tells of its work while it runs.

use clap::{Args, ValueEnum};

/// How log lines are written; they go to standard error.
#[derive(Args)]
pub struct LogArgs {
    /// Form of log lines: text for people, json for programs (one object a line)
    #[arg(long, global = true, env = "NETGAIN_LOG", default_value = "text", hide_default_value = true)]
    pub log_format: LogFormat,
    /// The least important log lines that are written
    #[arg(long, global = true, env = "NETGAIN_LOG_LEVEL", default_value = "warn", hide_default_value = true)]
    pub log_level: LogLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}
