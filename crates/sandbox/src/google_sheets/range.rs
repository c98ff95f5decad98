//! A1 notation: a sheet, a block of it, or both.
use super::book::{GRID, Sheet};
use crate::google::Refusal;

/// A block of a sheet's grid, counted from 0, ends excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Index of the sheet.
    pub sheet: usize,
    /// First and last row.
    pub rows: (usize, usize),
    /// First and last column.
    pub columns: (usize, usize),
}

/// A corner: column and row, each may be left out.
fn corner(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let text = text.replace('$', "");
    let split = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (letters, digits) = text.split_at(split);
    if text.is_empty() || letters.len() > 3 || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let column =
        letters.bytes().fold(0, |sum, byte| sum * 26 + usize::from(byte.to_ascii_uppercase() - b'@'));
    let row = match digits {
        "" => None,
        digits => Some(digits.parse::<usize>().ok()?.checked_sub(1)?),
    };
    Some((column.checked_sub(1), row))
}

/// The letters of a column.
pub fn letters(mut column: usize) -> String {
    let mut text = String::new();
    loop {
        text.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return text;
        }
        column = column / 26 - 1;
    }
}

/// Finds the block that a range names.
pub fn parse(sheets: &[Sheet], range: &str) -> Result<Block, Refusal> {
    let unknown = || Refusal::invalid(format!("Unable to parse range: {range}"));
    let named = |name: &str| {
        let plain = match name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(quoted) => quoted.replace("''", "'"),
            None => name.to_owned(),
        };
        sheets.iter().position(|sheet| sheet.rows.is_some() && sheet.title.eq_ignore_ascii_case(&plain))
    };
    let (sheet, cells) = match range.rsplit_once('!') {
        Some((name, cells)) => (named(name).ok_or_else(unknown)?, cells),
        None => match named(range) {
            Some(sheet) => (sheet, ""),
            None if range.is_empty() => return Err(unknown()),
            None => (0, range),
        },
    };
    if cells.is_empty() {
        return Ok(Block { sheet, rows: (0, GRID.0), columns: (0, GRID.1) });
    }
    let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
    let (from, to) = (corner(first).ok_or_else(unknown)?, corner(last).ok_or_else(unknown)?);
    let rows = (from.1.unwrap_or(0), to.1.map_or(GRID.0, |row| row + 1));
    let columns = (from.0.unwrap_or(0), to.0.map_or(GRID.1, |column| column + 1));
    if rows.0 >= rows.1 || columns.0 >= columns.1 {
        return Err(unknown());
    }
    let block = Block { sheet, rows, columns };
    if rows.0 >= GRID.0 || columns.0 >= GRID.1 {
        let name = name(sheets, &block);
        return Err(Refusal::invalid(format!(
            "Range ({name}) exceeds grid limits. Max rows: {}, max columns: {}",
            GRID.0, GRID.1
        )));
    }
    Ok(Block { rows: (rows.0, rows.1.min(GRID.0)), columns: (columns.0, columns.1.min(GRID.1)), ..block })
}

/// The block in A1 notation, with its sheet.
pub fn name(sheets: &[Sheet], block: &Block) -> String {
    let title = sheets.get(block.sheet).map_or("", |sheet| sheet.title);
    let plain = title.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let title = if plain { title.to_owned() } else { format!("'{}'", title.replace('\'', "''")) };
    let first = format!("{}{}", letters(block.columns.0), block.rows.0 + 1);
    let last = format!("{}{}", letters(block.columns.1 - 1), block.rows.1);
    if first == last { format!("{title}!{first}") } else { format!("{title}!{first}:{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets() -> Vec<Sheet> {
        vec![
            Sheet { id: 0, title: "One", rows: Some(Vec::new()) },
            Sheet { id: 1, title: "My Sheet", rows: Some(Vec::new()) },
            Sheet { id: 2, title: "Chart", rows: None },
        ]
    }

    #[test]
    fn ranges_name_blocks() {
        let sheets = sheets();
        for (range, shown) in [
            ("One", "One!A1:Z1000"),
            ("one!B2:C3", "One!B2:C3"),
            ("B2", "One!B2"),
            ("'My Sheet'!A2:D", "'My Sheet'!A2:D1000"),
            ("My Sheet!$A$5:$A$5000", "'My Sheet'!A5:A1000"),
            ("2:3", "One!A2:Z3"),
        ] {
            assert_eq!(name(&sheets, &parse(&sheets, range).unwrap()), shown, "{range}");
        }
        for range in ["Chart", "Chart!A1", "Nope!A1", "A0", "C3:B2", "One!A1:", ""] {
            assert!(
                parse(&sheets, range).unwrap_err().message.starts_with("Unable to parse range"),
                "{range}"
            );
        }
        assert!(parse(&sheets, "One!A1001:B1002").unwrap_err().message.contains("exceeds grid limits"));
        assert_eq!(
            (letters(0), letters(25), letters(26), letters(701)),
            ("A".into(), "Z".into(), "AA".into(), "ZZ".into())
        );
    }
}
