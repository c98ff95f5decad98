//! From a visit as its source wrote it down to a typed touchpoint.

use jiff::Timestamp;
use netgain_domain::facts::TouchFacts;
use serde::Serialize;

use super::rules::{ChannelRules, ClickId, Source};
use super::url;

/// A visit that may take credit for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touchpoint {
    /// `touchpoints.source_id`.
    pub id: String,
    /// The order that it came before.
    pub order_id: String,
    /// When it began; one without a time takes no credit.
    pub at: Option<Timestamp>,
    /// The channel, such as `paid_social` or `direct`.
    pub channel: String,
    /// The source's name, `direct` where there is none.
    pub source: String,
    /// The medium as the visit's words say it, else as the click id implies.
    pub medium: String,
    /// The platform on which the source is paid for, as in `ad_days.source`.
    pub platform: Option<String>,
    /// The platform that tells of the visit.
    pub told_by: String,
    /// The campaign's id, where the source or the address tells it.
    pub campaign_id: Option<String>,
    /// The ad set's id, where the source tells it.
    pub ad_set_id: Option<String>,
    /// The ad's id, where the source or the address tells it; of an address it may be any other word.
    pub ad_id: Option<String>,
    /// The campaign's name as the visit's words say it.
    pub campaign: Option<String>,
    /// The parameter by which the network marked the click. Its value is not kept.
    pub click_id: Option<String>,
    /// Whether the visit was paid for.
    pub paid: bool,
}

fn cleaned(text: Option<&str>) -> Option<String> {
    text.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty())
}

/// Reads a visit by the rules. A click id that only ads carry decides source and payment; else the visit's own
/// words (`utm_*`) do, then a click id that any click carries, then the referring host, then the source's word, which
/// may name a network's ads.
#[must_use]
pub fn touchpoint(facts: &TouchFacts, rules: &ChannelRules) -> Touchpoint {
    let query = url::parameters(facts.landing_page.as_deref().unwrap_or_default());
    let parameter = |name: &str| {
        let found = query.iter().find(|(key, value)| key == name && !value.trim().is_empty());
        found.map(|(_, value)| value.trim().to_owned())
    };
    let said = |column: &Option<String>, name: &str| {
        let column = column.as_deref().map(str::trim).filter(|text| !text.is_empty());
        column.map(str::to_owned).or_else(|| parameter(name))
    };
    let click = rules.click_ids.iter().find(|click| parameter(&click.parameter).is_some());
    let paid_click = click.is_some_and(|click| click.paid);
    let utm_source = cleaned(said(&facts.utm_source, "utm_source").as_deref());
    let utm_medium = cleaned(said(&facts.utm_medium, "utm_medium").as_deref());
    let found = find_source(facts, rules, click, utm_source.as_deref());

    let campaign = said(&facts.utm_campaign, "utm_campaign");
    let known = |column: &Option<String>| column.clone().filter(|id| !id.trim().is_empty());
    let campaign_id = known(&facts.campaign_id)
        .or_else(|| rules.campaign_id_parameters.iter().find_map(|name| parameter(name)));
    let content = said(&facts.utm_content, "utm_content");
    let ad_id = known(&facts.ad_id)
        .or_else(|| rules.ad_id_parameters.iter().find_map(|name| parameter(name)))
        .or(content);
    let told = cleaned(facts.referrer_source.as_deref());
    let is_ad = told.as_deref().is_some_and(|word| rules.means_ads(word));
    let medium_word = utm_medium.as_deref();
    let medium = match (medium_word, click) {
        (Some(word), _) => word.to_owned(),
        (None, Some(click)) => click.medium.clone(),
        (None, None) if is_ad => "paid".to_owned(),
        (None, None) => String::new(),
    };
    let channel = if found.is_direct() && medium.is_empty() {
        "direct".to_owned()
    } else {
        rules.channel(found.rule(), &medium, paid_click)
    };
    let medium = if medium.is_empty() { channel.clone() } else { medium };
    let paid = paid_click || is_ad || rules.is_paid(&channel);
    Touchpoint {
        id: facts.touch_id.clone(),
        order_id: facts.order_id.clone(),
        at: facts.occurred_at,
        platform: found.rule().and_then(|source| source.platform.clone()),
        source: found.name(),
        told_by: facts.source.clone(),
        channel,
        medium,
        campaign_id,
        ad_set_id: known(&facts.ad_set_id),
        ad_id,
        campaign,
        click_id: click.map(|click| click.parameter.clone()),
        paid,
    }
}

/// Where a visit came from.
enum Found<'r> {
    Known(&'r Source),
    Other(String),
    Direct,
}

impl<'r> Found<'r> {
    fn rule(&self) -> Option<&'r Source> {
        if let Self::Known(source) = self { Some(source) } else { None }
    }

    fn is_direct(&self) -> bool {
        matches!(self, Self::Direct)
    }

    fn name(&self) -> String {
        match self {
            Self::Known(source) => source.name.clone(),
            Self::Other(name) => name.clone(),
            Self::Direct => "direct".to_owned(),
        }
    }
}

fn find_source<'r>(
    facts: &TouchFacts,
    rules: &'r ChannelRules,
    click: Option<&ClickId>,
    utm_source: Option<&str>,
) -> Found<'r> {
    let direct = |word: &str| rules.direct_words.iter().any(|one| one == word);
    let by_word = |word: &str| rules.source(word).map_or_else(|| Found::Other(word.to_owned()), Found::Known);
    let of_click = click.and_then(|click| rules.source(&click.source));
    if let (Some(source), Some(click)) = (of_click, click)
        && click.paid
    {
        // one network sells ads under several names: the visit's own word may be the closer one
        let closer = utm_source.and_then(|word| rules.source(word));
        return Found::Known(closer.filter(|closer| closer.platform == source.platform).unwrap_or(source));
    }
    if let Some(word) = utm_source.filter(|word| !direct(word)) {
        return by_word(word);
    }
    if let Some(source) = of_click {
        return Found::Known(source);
    }
    let landing = facts.landing_page.as_deref().and_then(url::host);
    if let Some(host) = facts.referrer.as_deref().and_then(url::host)
        && landing.as_deref() != Some(host.as_str())
    {
        return rules.host(&host).map_or(Found::Other(host), Found::Known);
    }
    match cleaned(facts.referrer_source.as_deref()) {
        Some(word) if !direct(&word) => by_word(&word),
        _ => Found::Direct,
    }
}
