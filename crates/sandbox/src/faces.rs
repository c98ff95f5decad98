//! The further platforms' faces, in one list: how each is served, named in fault rules, and connected to.
use crate::AppState;
use crate::server::Platform;
use crate::{
    amazon_sp, ecb, ga4, gohighlevel, google_ads, google_sheets, hubspot, klaviyo, postscript, stripe,
    triplewhale,
};
use axum::Router;
use axum::http::Method;
use axum::response::Response;
use std::sync::Arc;

/// One emulated platform, nested under `/{id}`.
pub struct Face {
    /// The platform's id, also its path and the first word of its fault points.
    pub id: &'static str,
    /// Its routes, without the prefix. What it keeps for itself (tokens, counters) is made here.
    pub router: fn(Arc<AppState>) -> Router,
    /// How to connect to it; none while it serves nothing.
    pub platform: fn(&AppState) -> Option<Platform>,
    /// The fault point (`{id}.something`) of a request; the path is without the prefix.
    pub point_of: fn(&Method, &str) -> &'static str,
    /// Its way of saying "slow down" at a point.
    pub throttled: fn(&AppState, &str) -> Response,
    /// Its way of saying that the token has expired.
    pub expired_token: fn(&str) -> Response,
}

/// Every face beside the first two, by id.
pub const FACES: [&Face; 11] = [
    &amazon_sp::FACE,
    &ecb::FACE,
    &ga4::FACE,
    &gohighlevel::FACE,
    &google_ads::FACE,
    &google_sheets::FACE,
    &hubspot::FACE,
    &klaviyo::FACE,
    &postscript::FACE,
    &stripe::FACE,
    &triplewhale::FACE,
];

/// The face of a fault point or path that begins with its id.
pub fn face_of(text: &str, separator: char) -> Option<(&'static Face, &str)> {
    let (id, rest) = text.split_once(separator)?;
    FACES.iter().find(|face| face.id == id).map(|face| (*face, rest))
}
