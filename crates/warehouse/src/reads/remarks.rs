//! How many orders of a period a reader of its figures must know something about.

use netgain_domain::facts::{ExcludedReason, Flag};
use netgain_domain::jiff::civil::Date;

use crate::dialect::literal;
use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// What can be the matter with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// It is not counted, for this reason.
    Excluded(ExcludedReason),
    /// It is counted, with this remark.
    Flagged(Flag),
}

impl Remark {
    fn count_sql(self) -> String {
        match self {
            Self::Excluded(reason) => {
                format!("count(*) FILTER (WHERE excluded_reason = {})", literal(reason.name()))
            }
            // flags are words between commas, and one word may be part of another
            Self::Flagged(flag) => format!(
                "count(*) FILTER (WHERE included AND position({} IN ',' || flags || ',') > 0)",
                literal(&format!(",{},", flag.name()))
            ),
        }
    }
}

impl Warehouse {
    /// How many orders of the days, both included, each of these remarks concerns; in the remarks' order.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn count_remarks(&self, from: Date, to: Date, remarks: &[Remark]) -> Result<Vec<u64>> {
        if remarks.is_empty() {
            return Ok(Vec::new());
        }
        let counts: Vec<String> = remarks.iter().map(|remark| remark.count_sql()).collect();
        let sql = format!(
            "SELECT {} FROM order_profit WHERE day BETWEEN CAST({} AS DATE) AND CAST({} AS DATE)",
            counts.join(", "),
            literal(&from.to_string()),
            literal(&to.to_string())
        );
        let found = rows(&*self.reader()?, "count remarks on orders", &sql, [], |cells| {
            (0..remarks.len()).map(|at| Ok(cells.int(at)?.unsigned_abs())).collect::<Result<Vec<u64>>>()
        })?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
