//! Proving that the platform sent a delivery.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use netgain_manifest::{Encoding, Stamp, Unit, Verify};

use super::parts::Parts;
use super::{Delivery, Inbound, Keys, Refused, crypto};

impl Inbound {
    /// Proves a delivery, on the bytes as they came.
    ///
    /// # Errors
    /// [`Refused`] unless it is proved.
    pub fn prove(&self, delivery: Delivery<'_>, keys: &Keys, now: Timestamp) -> Result<(), Refused> {
        let mut parts = Parts::new(delivery);
        match &self.section.verify {
            Verify::Hmac { alg, key, key_prefix, key_encoding, over, encoding, at, timestamp, token } => {
                let known = known(keys, key)?;
                let sent = timestamp.as_ref().map(|stamp| fresh(stamp, &mut parts, now)).transpose()?;
                let token = match token {
                    Some(at) => Some(parts.first(at, None).ok_or(Refused::Missing("token"))?),
                    None => None,
                };
                let text = signed_text(over, &parts, sent.as_deref(), token.as_deref());
                let tags = presented(&mut parts, at, *encoding)?;
                let fits = known.iter().any(|key| {
                    let key = key.strip_prefix(key_prefix.as_str()).unwrap_or(key);
                    let key = crypto::decode(*key_encoding, key).unwrap_or_default();
                    // an empty key would let anybody sign
                    !key.is_empty() && tags.iter().any(|tag| crypto::keyed_hash_fits(*alg, &key, &text, tag))
                });
                proved(fits)
            }
            Verify::Signature { alg, key, over, encoding, at, timestamp } => {
                let own = key.field.as_deref().map(|field| keys.of(field)).unwrap_or_default();
                let fixed: &[String] = if own.is_empty() { key.fixed.as_slice() } else { own };
                if fixed.is_empty() {
                    return Err(Refused::NoKey(key.field.clone().unwrap_or_default()));
                }
                let sent = timestamp.as_ref().map(|stamp| fresh(stamp, &mut parts, now)).transpose()?;
                let text = signed_text(over, &parts, sent.as_deref(), None);
                let tags = presented(&mut parts, at, *encoding)?;
                let keys = fixed.iter().filter_map(|key| crypto::public_key(key));
                let mut fits = false;
                for key in keys {
                    fits |= tags.iter().any(|tag| crypto::signature_fits(*alg, &key, &text, tag));
                }
                proved(fits)
            }
            Verify::StaticToken { key, at } => {
                let known = known(keys, key)?;
                let shown = parts.first(at, None).ok_or(Refused::Missing("token"))?;
                proved(known.iter().any(|one| crypto::same(one.as_bytes(), shown.as_bytes())))
            }
            Verify::Basic { user, password } => {
                let (users, passwords) = (known(keys, user)?, known(keys, password)?);
                let header = |(name, value): &(String, String)| {
                    let value =
                        value.strip_prefix("Basic ").filter(|_| name.eq_ignore_ascii_case("authorization"));
                    value.and_then(|value| crypto::decode(Encoding::Base64, value))
                };
                let shown = delivery.headers.iter().find_map(header);
                let shown = shown.ok_or(Refused::Missing("authorization"))?;
                let mut fits = false;
                for (user, password) in
                    users.iter().flat_map(|user| passwords.iter().map(move |one| (user, one)))
                {
                    fits |= crypto::same(format!("{user}:{password}").as_bytes(), &shown);
                }
                proved(fits)
            }
            // the unguessable address is all there is; what the body says is not believed
            Verify::None { .. } => Ok(()),
        }
    }
}

fn proved(fits: bool) -> Result<(), Refused> {
    if fits { Ok(()) } else { Err(Refused::Forged) }
}

fn known<'k>(keys: &'k Keys, name: &str) -> Result<Vec<&'k String>, Refused> {
    let known: Vec<&String> = keys.of(name).iter().filter(|key| !key.is_empty()).collect();
    if known.is_empty() { Err(Refused::NoKey(name.to_owned())) } else { Ok(known) }
}

/// The signatures that the delivery shows.
fn presented(
    parts: &mut Parts<'_>,
    at: &netgain_manifest::At,
    encoding: Encoding,
) -> Result<Vec<Vec<u8>>, Refused> {
    let shown = parts.all(at, None);
    let tags: Vec<Vec<u8>> = shown.iter().filter_map(|text| crypto::decode(encoding, text)).collect();
    if tags.is_empty() { Err(Refused::Missing("signature")) } else { Ok(tags) }
}

/// The time of sending as it is written, if it is near enough to now.
fn fresh(stamp: &Stamp, parts: &mut Parts<'_>, now: Timestamp) -> Result<String, Refused> {
    const MISSING: Refused = Refused::Missing("time of sending");
    let text = parts.first(&stamp.at, None).ok_or(MISSING)?;
    let number = || text.parse::<i64>().map_err(|_| MISSING);
    let sent = match stamp.unit {
        Unit::S => Timestamp::from_second(number()?).map_err(|_| MISSING)?,
        Unit::Ms => Timestamp::from_millisecond(number()?).map_err(|_| MISSING)?,
        Unit::HttpDate => match text.parse::<i64>() {
            Ok(seconds) => Timestamp::from_second(seconds).map_err(|_| MISSING)?,
            Err(_) => jiff::fmt::rfc2822::parse(&text).map_err(|_| MISSING)?.timestamp(),
        },
        Unit::Iso => match text.parse::<Timestamp>() {
            Ok(sent) => sent,
            // without an offset
            Err(_) => {
                let civil: DateTime = text.parse().map_err(|_| MISSING)?;
                civil.to_zoned(TimeZone::UTC).map_err(|_| MISSING)?.timestamp()
            }
        },
    };
    let away = now.duration_since(sent).as_secs();
    if away.unsigned_abs() > u64::from(stamp.tolerance_s) { Err(Refused::Stale(away)) } else { Ok(text) }
}

/// The text that is signed: the template with the delivery's own bytes in it.
fn signed_text(template: &str, parts: &Parts<'_>, sent: Option<&str>, token: Option<&str>) -> Vec<u8> {
    let delivery = parts.delivery;
    let mut text = Vec::with_capacity(delivery.body.len() + 64);
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        text.extend_from_slice(before.as_bytes());
        let (name, after) = from.split_once('}').unwrap_or((from, ""));
        match name {
            "body" => text.extend_from_slice(delivery.body),
            "ts" => text.extend_from_slice(sent.unwrap_or_default().as_bytes()),
            "token" => text.extend_from_slice(token.unwrap_or_default().as_bytes()),
            "method" => text.extend_from_slice(delivery.method.as_bytes()),
            "url" => text.extend_from_slice(delivery.url.as_bytes()),
            "sorted_form" => text.extend(parts.sorted_form()),
            other => text.extend_from_slice(format!("{{{other}}}").as_bytes()),
        }
        rest = after;
    }
    text.extend_from_slice(rest.as_bytes());
    text
}
