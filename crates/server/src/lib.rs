//! The HTTP API under `/api/v1`, its OpenAPI description and the embedded web UI.
//!
//! Invariant: no provider is known here, and every figure comes from the warehouse or from `netgain-profit`; this
//! crate adds nothing up but rows that it was given.

#![deny(clippy::float_arithmetic)]

mod access;
mod amount;
mod api;
mod app;
mod audit;
mod connect;
mod extract;
mod growth;
mod guard;
mod integrations;
mod observed;
mod privacy;
mod problem;
mod pseudonyms;
mod router;
mod runner;
mod serve;
mod sign_in;
mod statuses;
mod together;
mod turns;
mod ui;
mod warehouses;
mod watch;
mod why;

pub use access::oidc::{Oidc, OidcHttp, OidcSetup};
pub use access::rate::{Rate, Rates};
pub use access::routes::ROUTES;
pub use access::{Caller, Permission};
pub use api::webhooks::{Delivery, DeliveryAnswer, WebhookReceiver};
pub use app::{App, AppOptions};
pub use connect::{ConnectFailure, ConnectStart, ConnectedTo, Provider, ProviderField, ProviderWay};
pub use integrations::{Disconnected, EndedGrant, EndedWebhooks, Grant, Integration, Quota, Resource};
pub use observed::{MetricsAccess, Observed};
pub use privacy::{ErasedPerson, PersonAsked, PrivacyDesk, PrivacyFailure};
pub use problem::{Code, Problem};
pub use router::{openapi, router};
pub use runner::{Check, Progress, ProviderInfo, RestatedDays, StartError, SyncRunner, Timing};
pub use serve::{default_address, serve};
pub use sign_in::{SignInBegun, SignInError, SignInReturn, SignInStart, SignedIn};
