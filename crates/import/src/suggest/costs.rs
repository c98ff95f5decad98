//! The mapping of a plain file of unit costs, made from its header alone: nothing about it is guessed.

use super::Sample;
use super::names::{Role, column_named, column_of};
use crate::mapping::{CostColumns, Format, Mapping};

/// What a plain file of unit costs is read as.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainCosts {
    /// What its columns mean.
    pub mapping: Mapping,
    /// Columns that nothing is taken from.
    pub not_used: Vec<String>,
}

/// The mapping of a file with a column for the stock keeping unit and one for what one unit costs, under their usual
/// names; `currency`, `valid_from`, `valid_to`, `country` and `min_quantity` may stand beside them. Numbers have a
/// decimal point, days are written YYYY-MM-DD.
///
/// # Errors
/// The columns that are missing, with the names that would do.
pub fn cost_mapping(header_and_sample: &[u8]) -> Result<PlainCosts, String> {
    let sample = Sample::read(header_and_sample)
        .ok_or("no header line could be read: save the file as UTF-8 text with a header and try again")?;
    let name = |at: Option<usize>| at.and_then(|at| sample.names.get(at)).cloned();
    let needed = |role: Role, usual: &str| {
        name(column_of(&sample.names, role)).ok_or_else(|| {
            let given = sample.names.join(", ");
            format!("the file has no column `{usual}`: rename one of {given}, or say with a mapping what they mean")
        })
    };
    let columns = CostColumns {
        scope_id: needed(Role::Sku, "sku")?,
        unit_cost: needed(Role::UnitCost, "unit_cost")?,
        currency: name(column_of(&sample.names, Role::Currency)),
        valid_from: name(column_named(&sample.names, &["validfrom", "effectivefrom", "from"])),
        valid_to: name(column_named(&sample.names, &["validto", "effectiveto", "to", "until"])),
        country: name(column_named(&sample.names, &["country", "countrycode"])),
        min_quantity: name(column_named(&sample.names, &["minquantity"])),
        ..CostColumns::default()
    };
    let optional =
        [&columns.currency, &columns.valid_from, &columns.valid_to, &columns.country, &columns.min_quantity];
    let used: Vec<&String> =
        [&columns.scope_id, &columns.unit_cost].into_iter().chain(optional.into_iter().flatten()).collect();
    let not_used = sample.names.iter().filter(|name| !used.contains(name)).cloned().collect();
    let mapping = Mapping {
        version: 1,
        format: Format { delimiter: sample.delimiter, ..Format::default() },
        currency: None,
        orders: None,
        costs: Some(columns),
        customers: None,
        rates: None,
        kpi_points: None,
    };
    Ok(PlainCosts { mapping, not_used })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_the_others_are_told() {
        let file = b"SKU;Title;Unit cost;Valid from;Min quantity\nA;Mug;4.50;2026-01-01;10\n";
        let PlainCosts { mapping, not_used } = cost_mapping(file).unwrap();
        let columns = mapping.costs.unwrap();
        assert_eq!((columns.scope_id.as_str(), columns.unit_cost.as_str()), ("SKU", "Unit cost"));
        assert_eq!(columns.valid_from.as_deref(), Some("Valid from"));
        assert_eq!((columns.valid_to, columns.min_quantity.as_deref()), (None, Some("Min quantity")));
        assert_eq!(not_used, ["Title"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = cost_mapping(b"sku,price\nA,1\n").unwrap_err();
        assert!(error.contains("`unit_cost`") && error.contains("sku, price"), "{error}");
        assert!(cost_mapping(b"").unwrap_err().contains("header"));
    }
}
