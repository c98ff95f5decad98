//! What the integrations API offers of a platform: resources that are read from what is stored, and actions by the
//! address under which they are asked for. The server dispatches by this alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What `/api/integrations/{platform}/…` offers.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Other spellings of the platform's id in addresses, such as `triple-whale`.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What can be read, by the rest of its address, such as `attribution` or `creatives/performance`.
    #[serde(default)]
    pub reads: BTreeMap<String, Resource>,
    /// What can be done, by the rest of its address: the action's name, such as `flows/trigger: trigger_flow`.
    #[serde(default)]
    pub actions: BTreeMap<String, String>,
}

/// A part of what is stored of a connection.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// What it is, for people.
    pub title: String,
    /// The table whose rows it is; one that a stream fills.
    pub table: String,
    /// The column by which `from` and `to` choose rows: a day, or an instant by its day in UTC. Rows that are empty
    /// there cover no single day and are always among them.
    pub time: Option<String>,
    /// Only rows of which each column has one of the values.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, Vec<String>>,
    /// Columns that are answered; all where none are named.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Numbers among the columns that may be added up over rows; they are the platform's metrics.
    #[serde(default)]
    pub measures: Vec<String>,
}
