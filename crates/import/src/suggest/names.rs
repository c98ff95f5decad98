//! What a column is likely to hold, by its name.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Orders,
    Costs,
    Customers,
    KpiPoints,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    OrderId,
    Time,
    CustomerId,
    CustomerName,
    Email,
    Country,
    Sku,
    Title,
    Quantity,
    UnitPrice,
    LineTotal,
    Discount,
    Tax,
    Channel,
    Status,
    Currency,
    UnitCost,
    Metric,
    Value,
}

use Role::*;

/// Names in lower case without blanks and marks; earlier ones are surer.
const NAMES: [(Role, &[&str]); 19] = [
    (
        OrderId,
        &[
            "orderid",
            "ordernumber",
            "orderno",
            "invoiceno",
            "invoice",
            "invoicenumber",
            "invoiceid",
            "order",
            "ordername",
            "bestellnummer",
            "rechnungsnummer",
            "receiptno",
            "transactionid",
        ],
    ),
    (
        Time,
        &[
            "orderdate",
            "invoicedate",
            "placedat",
            "processedat",
            "createdat",
            "paidat",
            "date",
            "datum",
            "timestamp",
            "validfrom",
            "effectivefrom",
            "day",
            "time",
        ],
    ),
    (
        CustomerId,
        &["customerid", "customerno", "customernumber", "clientid", "userid", "kundennummer", "customer"],
    ),
    (CustomerName, &["customername", "name", "billingname", "kunde", "fullname"]),
    (Email, &["email", "customeremail", "emailaddress", "mail"]),
    (Country, &["country", "billingcountry", "shippingcountry", "land", "countrycode"]),
    (
        Sku,
        &[
            "sku",
            "lineitemsku",
            "stockcode",
            "itemcode",
            "productcode",
            "articleno",
            "artikelnummer",
            "itemid",
            "productid",
        ],
    ),
    (
        Title,
        &[
            "title",
            "description",
            "lineitemname",
            "product",
            "productname",
            "item",
            "itemname",
            "artikel",
            "bezeichnung",
        ],
    ),
    (Quantity, &["quantity", "qty", "lineitemquantity", "units", "menge", "anzahl", "numberofcds", "count"]),
    (UnitPrice, &["unitprice", "price", "lineitemprice", "itemprice", "einzelpreis", "preis"]),
    (
        LineTotal,
        &[
            "linetotal",
            "amount",
            "total",
            "dollarvalue",
            "totalamount",
            "sales",
            "revenue",
            "gesamt",
            "summe",
            "betrag",
        ],
    ),
    (Discount, &["discountamount", "discount", "linediscount", "lineitemdiscount", "rabatt"]),
    (Tax, &["taxamount", "tax", "vat", "taxes", "vatamount", "mwst"]),
    (Channel, &["channel", "saleschannel", "source", "marketplace"]),
    (Status, &["financialstatus", "paymentstatus", "status"]),
    (Currency, &["currency", "currencycode", "waehrung"]),
    (UnitCost, &["unitcost", "cost", "cogs", "costprice", "costperitem", "purchaseprice", "einkaufspreis"]),
    (Metric, &["metric", "kpi", "measure", "metricname"]),
    (Value, &["value", "wert", "number"]),
];

impl Role {
    pub fn is_number(self) -> bool {
        matches!(self, Quantity | UnitPrice | LineTotal | Discount | Tax | UnitCost | Value)
    }

    /// The mapping's key for it; none where that kind of file has no use for it.
    pub fn key(self, kind: Kind) -> Option<&'static str> {
        Some(match (kind, self) {
            (Kind::Orders, OrderId) => "order_id",
            (Kind::Orders, Time) => "placed_at",
            (Kind::Orders | Kind::Customers, CustomerId) => "customer_id",
            (Kind::Orders, CustomerName) => "customer_name",
            (Kind::Orders | Kind::Customers, Email) => "email",
            (Kind::Orders | Kind::Customers, Country) => "country",
            (Kind::Orders, Sku) => "sku",
            (Kind::Orders, Title) => "title",
            (Kind::Orders, Quantity) => "quantity",
            (Kind::Orders, UnitPrice) => "unit_price",
            (Kind::Orders, LineTotal) => "line_total",
            (Kind::Orders, Discount) => "discount_amount",
            (Kind::Orders, Tax) => "tax_amount",
            (Kind::Orders, Channel) => "channel",
            (Kind::Orders, Status) => "financial_status",
            (Kind::Orders | Kind::Costs, Currency) => "currency",
            (Kind::Costs, Sku) => "scope_id",
            (Kind::Costs, UnitCost) => "unit_cost",
            (Kind::Costs, Time) => "valid_from",
            (Kind::Customers, CustomerName) => "name",
            (Kind::Customers, Time) => "created_at",
            (Kind::KpiPoints, Metric) => "metric",
            (Kind::KpiPoints, Value) => "value",
            (Kind::KpiPoints, Time) => "timestamp",
            _ => return None,
        })
    }
}

impl Kind {
    pub fn key(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Costs => "costs",
            Self::Customers => "customers",
            Self::KpiPoints => "kpi_points",
        }
    }

    /// Keys that a mapping of this kind cannot do without and no column was found for.
    pub fn missing(self, roles: &[(Role, usize)]) -> Vec<(&'static str, &'static str)> {
        let has = |role: Role| roles.iter().any(|(found, _)| *found == role);
        let needed: &[(Role, &str)] = match self {
            Self::Orders => &[(Time, "the column with the time of the sale")],
            Self::Costs => {
                &[(Sku, "the column with the sku"), (UnitCost, "the column with the cost of one unit")]
            }
            Self::Customers => &[(CustomerId, "the column with the customer's id")],
            Self::KpiPoints => &[(Value, "the column with the number"), (Time, "the column with the time")],
        };
        let mut missing: Vec<_> = needed
            .iter()
            .filter(|(role, _)| !has(*role))
            .filter_map(|(role, note)| Some((role.key(self)?, *note)))
            .collect();
        if self == Self::Orders && !has(LineTotal) && !(has(UnitPrice) && has(Quantity)) {
            missing.push(("line_total", "the column with the money of the line"));
        }
        missing
    }
}

/// Names in lower case without blanks and marks.
fn plain(names: &[String]) -> Vec<String> {
    let plain =
        |name: &String| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    names.iter().map(plain).collect()
}

/// The column of a role, by its name.
pub(super) fn column_of(names: &[String], role: Role) -> Option<usize> {
    let (_, known) = NAMES.iter().find(|(other, _)| *other == role)?;
    column_named(names, known)
}

/// The column with the surest of some names, which are in lower case without blanks and marks.
pub(super) fn column_named(names: &[String], known: &[&str]) -> Option<usize> {
    let plain = plain(names);
    known.iter().find_map(|name| plain.iter().position(|given| given == name))
}

/// The likely kind of the file and the columns that serve it, in the file's order.
pub(super) fn assign(names: &[String]) -> (Kind, Vec<(Role, usize)>) {
    let plain = plain(names);
    let found: Vec<(Role, usize)> = NAMES
        .iter()
        .filter_map(|(role, known)| {
            let at = known.iter().find_map(|name| plain.iter().position(|given| given == name))?;
            Some((*role, at))
        })
        .collect();
    let has = |role: Role| found.iter().any(|(other, _)| *other == role);
    let kind = if has(UnitCost) && !has(Quantity) && !has(OrderId) {
        Kind::Costs
    } else if has(UnitPrice) || has(LineTotal) || has(OrderId) || has(Quantity) {
        Kind::Orders
    } else if has(Value) || has(Metric) {
        Kind::KpiPoints
    } else if has(CustomerId) {
        Kind::Customers
    } else {
        Kind::Orders
    };
    // a line's price times its quantity is surer than a total, which may be the whole order's
    let price = kind == Kind::Orders && has(UnitPrice) && has(Quantity);
    let mut roles: Vec<_> = found
        .iter()
        .copied()
        .filter(|(role, _)| role.key(kind).is_some() && !(price && *role == LineTotal))
        .collect();
    roles.sort_by_key(|(_, at)| *at);
    (kind, roles)
}
