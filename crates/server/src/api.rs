//! The API's resources, one module each, with the shapes that they answer.

pub(crate) mod ads;
pub(crate) mod audit;
pub(crate) mod campaigns;
pub(crate) mod cohorts;
pub(crate) mod completeness;
pub(crate) mod connect;
pub(crate) mod connections;
pub(crate) mod costs;
pub(crate) mod currencies;
pub(crate) mod explain;
pub(crate) mod figures;
pub(crate) mod health;
pub(crate) mod kpis;
pub(crate) mod lifecycle;
pub(crate) mod mrr;
pub(crate) mod orders;
pub(crate) mod profit;
pub(crate) mod query;
pub(crate) mod raw;
pub(crate) mod schedule;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod statement;
pub(crate) mod webhooks;
pub(crate) mod why;
pub(crate) mod workspaces;
