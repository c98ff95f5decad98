//! The mapping of a plain file of key figures, made from its header alone: nothing about it is guessed.

use super::Sample;
use super::names::{Role, column_of};
use crate::mapping::{Format, KpiColumns, Mapping, Zone};

/// The mapping of a file with a column for the metric, one for its value and one for the time, under their usual names.
/// Every further column is kept beside the point. Times without a zone are those of `time_zone`; a time without hours
/// is the day's beginning.
///
/// # Errors
/// The columns that are missing, with the names that would do, or a zone that is not known.
pub fn kpi_mapping(header_and_sample: &[u8], time_zone: &str) -> Result<Mapping, String> {
    let sample = Sample::read(header_and_sample)
        .ok_or("no header line could be read: save the file as UTF-8 text with a header and try again")?;
    let column = |role: Role, names: &str| {
        let at = column_of(&sample.names, role).and_then(|at| sample.names.get(at)).cloned();
        at.ok_or_else(|| {
            let given = sample.names.join(", ");
            format!(
                "the file has no column {names}: rename one of {given}, or say with a mapping what they mean"
            )
        })
    };
    let metric = column(Role::Metric, "`metric`")?;
    let value = column(Role::Value, "`value`")?;
    let timestamp = column(Role::Time, "`timestamp` or `date`")?;
    let used = [&metric, &value, &timestamp];
    let metadata = sample.names.iter().filter(|name| !used.contains(name)).cloned().collect();
    let format = Format {
        delimiter: sample.delimiter,
        time_zone: Zone::try_from(time_zone.to_owned())?,
        ..Format::default()
    };
    Ok(Mapping {
        version: 1,
        format,
        currency: None,
        orders: None,
        costs: None,
        customers: None,
        rates: None,
        kpi_points: Some(KpiColumns { metric: Some(metric), metric_name: None, value, timestamp, metadata }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_the_rest_is_kept() {
        let mapping = kpi_mapping(b"Date;KPI;Value;Team\n2026-01-01;hours;4,5;a\n", "Europe/London").unwrap();
        let columns = mapping.kpi_points.unwrap();
        assert_eq!(columns.metric.as_deref(), Some("KPI"));
        assert_eq!((columns.value.as_str(), columns.timestamp.as_str()), ("Value", "Date"));
        assert_eq!(columns.metadata, ["Team"]);
        assert_eq!(mapping.format.time_zone.name(), Some("Europe/London"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = kpi_mapping(b"date,value\n2026-01-01,1\n", "UTC").unwrap_err();
        assert!(error.contains("`metric`") && error.contains("date, value"), "{error}");
        assert!(kpi_mapping(b"metric,value,date\n", "Mars/Base").unwrap_err().contains("time_zone"));
    }
}
