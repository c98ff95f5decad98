//! Ratios of a definition's steps: what is divided by what.

/// A ratio that can be asked for. It is worked out from sums and is never added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ratio {
    /// Its name in questions.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What is divided by what, in words.
    pub formula: &'static str,
    /// What is divided: a measure of the ladder (`result`, `orders`), or a base line (`line:ad_spend`).
    pub over: &'static str,
    /// What it is divided by.
    pub under: &'static str,
    /// Whether it lies between 0 and 1 by its meaning; one side may exceed the other on a day of many returns.
    pub is_part: bool,
}

impl Ratio {
    /// Every ratio.
    pub const ALL: [Self; 6] = [
        ratio("margin", "Margin", "result / revenue", "result", "revenue"),
        ratio("mer", "Marketing efficiency ratio (MER)", "revenue / ad_spend", "revenue", "line:ad_spend"),
        ratio("roas", "Blended return on ad spend", "revenue / ad_spend", "revenue", "line:ad_spend"),
        ratio(
            "ad_cost_ratio",
            "Ad cost ratio",
            "ad_spend / revenue; the inverse of mer, and printed under that name by some products",
            "line:ad_spend",
            "revenue",
        ),
        ratio("aov", "Average order value", "sales / orders placed", "sales", "orders"),
        Self {
            is_part: true,
            ..ratio(
                "cost_coverage",
                "Cost coverage",
                "net sales of goods with a recorded cost / net sales of all goods that cost something",
                "line:covered_net_sales",
                "line:product_net_sales",
            )
        },
    ];

    /// The ratio of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ratio| ratio.name == name)
    }
}

const fn ratio(
    name: &'static str,
    label: &'static str,
    formula: &'static str,
    over: &'static str,
    under: &'static str,
) -> Ratio {
    Ratio { name, label, formula, over, under, is_part: false }
}
