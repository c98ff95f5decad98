//! What a pipeline of deals holds, and how many deals come from each stage to the next.

use std::collections::BTreeMap;

use netgain_domain::facts::{DealFacts, DealStageFacts};
use netgain_domain::{Currency, Decimal};
use serde::Serialize;

use crate::{Figure, Quotient};

/// A stage of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// The pipeline.
    pub pipeline_id: String,
    /// The stage; none: deals whose stage is not known.
    pub stage_id: Option<String>,
    /// Its name.
    pub name: String,
}

/// What stands in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageFigures {
    /// The stage.
    pub stage: Stage,
    /// Open deals in it.
    pub open: Figure,
    /// Deals that were won, where this stage means that.
    pub won: Figure,
    /// Deals that were lost in it.
    pub lost: Figure,
    /// Value of the open deals by currency.
    pub value: BTreeMap<Currency, Figure>,
    /// Value of the open deals times the stage's chance; empty where the stage names none.
    pub weighted: BTreeMap<Currency, Figure>,
    /// Open deals without a value or currency: their value is not known, which is not zero.
    pub without_value: u64,
    /// Deals that stand here or have come further; none for a stage that ends the pipeline.
    pub reached: Option<Figure>,
    /// Deals that have come to the next open stage, or were won where there is none ÷ deals that reached this one.
    pub conversion: Option<Quotient>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Open,
    Won,
    Lost,
}

fn outcome(word: Option<&str>) -> Option<Outcome> {
    match word {
        Some("open") => Some(Outcome::Open),
        Some("won") => Some(Outcome::Won),
        Some("lost") => Some(Outcome::Lost),
        _ => None,
    }
}

/// The figures of each stage, in the order of pipelines and places.
///
/// A source says where a deal stands, not where it has been. So a deal counts as having reached every open stage up
/// to its own, a won one all of them, and one lost in a stage that only means "lost" just the first.
#[must_use]
pub fn pipeline(deals: &[DealFacts], stages: &[DealStageFacts]) -> Vec<StageFigures> {
    let mut by_pipeline: BTreeMap<&str, Vec<&DealStageFacts>> = BTreeMap::new();
    for stage in stages {
        by_pipeline.entry(&stage.pipeline_id).or_default().push(stage);
    }
    let mut found = Vec::new();
    let mut placed = vec![false; deals.len()];
    for (pipeline_id, mut stages) in by_pipeline {
        stages.sort_by(|a, b| (a.position, &a.stage_id).cmp(&(b.position, &b.stage_id)));
        let mut ours: Vec<(usize, &DealFacts)> = Vec::new();
        for (at, deal) in deals.iter().enumerate() {
            let place =
                stages.iter().position(|stage| deal.stage_id.as_deref() == Some(stage.stage_id.as_str()));
            // stage ids of some platforms are only unique within a pipeline
            let here = deal.pipeline_id.as_deref().is_none_or(|id| id == pipeline_id);
            if let Some(place) = place.filter(|_| here && !placed[at]) {
                placed[at] = true;
                ours.push((place, deal));
            }
        }
        of_pipeline(pipeline_id, &stages, &ours, &mut found);
    }
    let unplaced: Vec<&DealFacts> =
        deals.iter().zip(&placed).filter(|(_, placed)| !**placed).map(|one| one.0).collect();
    let mut pipelines: BTreeMap<&str, Vec<&DealFacts>> = BTreeMap::new();
    for deal in unplaced {
        pipelines.entry(deal.pipeline_id.as_deref().unwrap_or_default()).or_default().push(deal);
    }
    for (pipeline_id, deals) in pipelines {
        let stage = Stage { pipeline_id: pipeline_id.to_owned(), stage_id: None, name: String::new() };
        let mut figures = StageFigures::new(stage);
        for deal in deals {
            figures.take(deal, outcome(deal.status.as_deref()).unwrap_or(Outcome::Open), None);
        }
        found.push(figures);
    }
    found
}

fn of_pipeline(
    pipeline_id: &str,
    stages: &[&DealStageFacts],
    deals: &[(usize, &DealFacts)],
    found: &mut Vec<StageFigures>,
) {
    let of_stage = |place: usize| stages.get(place).and_then(|stage| outcome(stage.outcome.as_deref()));
    let state = |(place, deal): &(usize, &DealFacts)| {
        // a closed deal keeps its stage on some platforms, and only the stage tells on others
        match (outcome(deal.status.as_deref()), of_stage(*place)) {
            (Some(own @ (Outcome::Won | Outcome::Lost)), _) => own,
            (_, Some(stage)) => stage,
            (own, None) => own.unwrap_or(Outcome::Open),
        }
    };
    let is_open = |place: usize| matches!(of_stage(place), None | Some(Outcome::Open));
    let open: Vec<usize> = (0..stages.len()).filter(|place| is_open(*place)).collect();
    let reached = |place: usize| {
        let mut figure = Figure::new("reached", "deals that stand here or have come further");
        for one in deals {
            let far = match state(one) {
                Outcome::Won => true,
                _ if is_open(one.0) => one.0 >= place,
                _ => open.first() == Some(&place),
            };
            if far {
                figure.add("deals", &one.1.deal_id, Decimal::ONE);
            }
        }
        figure
    };
    let won = deals.iter().filter(|one| state(one) == Outcome::Won).count() as u64;
    for (place, stage) in stages.iter().enumerate() {
        let mut figures = StageFigures::new(Stage {
            pipeline_id: pipeline_id.to_owned(),
            stage_id: Some(stage.stage_id.clone()),
            name: stage.name.clone(),
        });
        for one in deals.iter().filter(|one| one.0 == place) {
            figures.take(one.1, state(one), stage.probability);
        }
        if is_open(place) {
            let here = reached(place);
            let next = open.iter().find(|next| **next > place);
            let further = next.map_or(Decimal::from(won), |next| reached(*next).value);
            let formula =
                "deals that came to the next stage, or were won after the last / deals that reached this one";
            figures.conversion = Some(Quotient::new("conversion", formula, further, here.value));
            figures.reached = Some(here);
        }
        found.push(figures);
    }
}

impl StageFigures {
    fn new(stage: Stage) -> Self {
        Self {
            stage,
            open: Figure::new("open", "open deals in the stage"),
            won: Figure::new("won", "deals won"),
            lost: Figure::new("lost", "deals lost in the stage"),
            value: BTreeMap::new(),
            weighted: BTreeMap::new(),
            without_value: 0,
            reached: None,
            conversion: None,
        }
    }

    fn take(&mut self, deal: &DealFacts, outcome: Outcome, chance: Option<Decimal>) {
        let figure = match outcome {
            Outcome::Open => &mut self.open,
            Outcome::Won => &mut self.won,
            Outcome::Lost => &mut self.lost,
        };
        figure.add("deals", &deal.deal_id, Decimal::ONE);
        if outcome != Outcome::Open {
            return;
        }
        let (Some(amount), Some(currency)) = (deal.amount, deal.currency) else {
            self.without_value += 1;
            return;
        };
        let value = self.value.entry(currency);
        let value = value.or_insert_with(|| Figure::new("value", "sum of open deals' amounts"));
        value.add("deals", &deal.deal_id, amount);
        if let Some(weighted) = chance.and_then(|chance| amount.checked_mul(chance)) {
            let formula = "sum of open deals' amounts x the stage's probability";
            let figure = self.weighted.entry(currency).or_insert_with(|| Figure::new("weighted", formula));
            figure.add("deals", &deal.deal_id, currency.round(weighted));
        }
    }
}
