//! Exchange rates in the stored results: which orders a changed rate touches, and ad spend in the reporting currency.

use netgain_profit::{Rate, RateBook, Settings, ads_in_reporting};
use netgain_warehouse::{AdConversion, RateInUse, Warehouse};

use crate::Error;

/// Marks the orders whose rates are no longer those that hold on their days.
pub(crate) fn mark_changed(
    warehouse: &Warehouse,
    rates: &RateBook,
    settings: &Settings,
) -> Result<(), Error> {
    let holds = |used: &RateInUse| {
        let rate = rates.rate(used.from, settings.currency, used.day).ok();
        rate.as_ref().map(Rate::applied) == used.applied
    };
    let changed: Vec<RateInUse> = warehouse.rates_in_use()?.into_iter().filter(|used| !holds(used)).collect();
    warehouse.mark_rates_changed(&changed)?;
    Ok(())
}

/// Converts ad spend at the rate of its day.
pub(crate) fn convert_ads(warehouse: &Warehouse, rates: &RateBook, settings: &Settings) -> Result<(), Error> {
    let ads = warehouse.load_ad_days()?;
    let foreign = ads.into_iter().filter(|ad| ad.currency != settings.currency);
    let conversions: Vec<AdConversion> = foreign
        .map(|ad| {
            let (converted, rate) = ads_in_reporting(&ad, rates, settings);
            AdConversion {
                day: ad.day,
                platform: ad.source,
                currency: ad.currency,
                spend: ad.spend,
                provisional: ad.provisional,
                converted: rate.map(|rate| (converted.spend, rate.applied())),
            }
        })
        .collect();
    warehouse.write_ad_conversions(&conversions)?;
    Ok(())
}
