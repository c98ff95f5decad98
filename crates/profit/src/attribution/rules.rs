//! The table that turns a visit's words into channel, source and medium. It is data, because the words are the
//! platforms' and change without us.

use serde::{Deserialize, Serialize};

/// Why a table of rules cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("channel rules: {0}: correct the table")]
pub struct RulesError(String);

/// A table of rules; words are compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelRules {
    /// Version of this form; 1.
    pub version: u32,
    /// Parameters by which a network marks its clicks; the first that is present counts.
    pub click_ids: Vec<ClickId>,
    /// Parameters that hold a campaign's id; the first that is present counts.
    pub campaign_id_parameters: Vec<String>,
    /// Parameters that hold an ad's id; the first that is present counts. A word that is no known ad's id says nothing.
    pub ad_id_parameters: Vec<String>,
    /// Sources of visits.
    pub sources: Vec<Source>,
    /// Words of `utm_medium`.
    pub mediums: Vec<Medium>,
    /// Channels that cost money per visit or sale.
    pub paid_channels: Vec<String>,
    /// What a source's kind means where the medium does not say more.
    pub kinds: Vec<SourceKind>,
    /// Words that stand for a visit without a source.
    pub direct_words: Vec<String>,
}

/// A parameter by which a network marks its clicks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClickId {
    /// The parameter's name in lower case.
    pub parameter: String,
    /// The source it stands for.
    pub source: String,
    /// Whether only ads carry it. Some networks mark every click that leaves them.
    pub paid: bool,
    /// The medium where the visit's own words say none.
    pub medium: String,
}

/// A source of visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name in results.
    pub name: String,
    /// What it is: a word of [`ChannelRules::kinds`].
    pub kind: String,
    /// The platform on which it is paid for, as in `ad_days.source`.
    #[serde(default)]
    pub platform: Option<String>,
    /// Words that mean it, such as those of `utm_source`.
    pub words: Vec<String>,
    /// Words by which attribution platforms name its ads, and nothing else of it.
    #[serde(default)]
    pub ad_words: Vec<String>,
    /// Host names that mean it: a name with a dot, or a label such as `example`, which means `example.<any>`.
    pub hosts: Vec<String>,
}

/// Words of `utm_medium` and the channel they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Medium {
    /// The channel; `paid` means the paid channel of the source's kind.
    pub channel: String,
    /// The words.
    pub words: Vec<String>,
}

/// The channels of a kind of source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceKind {
    /// The kind.
    pub kind: String,
    /// The channel of a visit that was not paid for.
    pub organic: String,
    /// The channel of a visit that was.
    pub paid: String,
}

impl ChannelRules {
    /// The table that comes with the program.
    ///
    /// # Errors
    /// Never, as a test shows; it is the error of [`ChannelRules::from_json`].
    pub fn builtin() -> Result<Self, RulesError> {
        Self::from_json(include_str!("channels.json"))
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When the text is no such table, or a rule names a kind or source that the table does not have.
    pub fn from_json(text: &str) -> Result<Self, RulesError> {
        let rules: Self = serde_json::from_str(text).map_err(|error| RulesError(error.to_string()))?;
        if rules.version != 1 {
            return Err(RulesError(format!("version is {}, this program reads 1", rules.version)));
        }
        for source in &rules.sources {
            if !rules.kinds.iter().any(|kind| kind.kind == source.kind) {
                return Err(RulesError(format!(
                    "source `{}` has the unknown kind `{}`",
                    source.name, source.kind
                )));
            }
        }
        for click in &rules.click_ids {
            if rules.source(&click.source).is_none() {
                let (parameter, source) = (&click.parameter, &click.source);
                return Err(RulesError(format!(
                    "click id `{parameter}` names the unknown source `{source}`"
                )));
            }
        }
        Ok(rules)
    }

    /// The source that a word means.
    pub(super) fn source(&self, word: &str) -> Option<&Source> {
        let matches = |source: &&Source| {
            source.name == word || source.words.iter().chain(&source.ad_words).any(|one| one == word)
        };
        self.sources.iter().find(matches)
    }

    /// Whether a word means a source's ads.
    pub(super) fn means_ads(&self, word: &str) -> bool {
        self.sources.iter().any(|source| source.ad_words.iter().any(|one| one == word))
    }

    /// The source that a host means.
    pub(super) fn host(&self, host: &str) -> Option<&Source> {
        let means = |rule: &String| {
            if rule.contains('.') {
                let before = host.strip_suffix(rule.as_str());
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
                    || host.starts_with(&format!("{rule}."))
                    || host.contains(&format!(".{rule}."))
            } else {
                // a label, but not the last one, which is the country's or the registry's
                host.rsplit('.').skip(1).any(|label| label == rule)
            }
        };
        self.sources.iter().find(|source| source.hosts.iter().any(means))
    }

    /// The channel of a source and the words of a medium.
    pub(super) fn channel(&self, source: Option<&Source>, medium: &str, paid_click: bool) -> String {
        let kind = source.and_then(|source| self.kinds.iter().find(|kind| kind.kind == source.kind));
        let paid = || kind.map_or_else(|| "paid_other".to_owned(), |kind| kind.paid.clone());
        let named = self.mediums.iter().find(|rule| rule.words.iter().any(|word| word == medium));
        match named.map(|rule| rule.channel.as_str()) {
            Some("paid") => paid(),
            Some(channel) if paid_click && !self.is_paid(channel) => paid(),
            Some(channel) => channel.to_owned(),
            None if paid_click => paid(),
            None => kind.map_or_else(|| "referral".to_owned(), |kind| kind.organic.clone()),
        }
    }

    /// Whether a channel costs money per visit or sale.
    pub(super) fn is_paid(&self, channel: &str) -> bool {
        self.paid_channels.iter().any(|paid| paid == channel)
    }
}
