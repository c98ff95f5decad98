//! A figure of a definition as weights of base lines: what a store needs to know to sum it by any key.

use super::{Basis, Line, OrderClass};

/// Which orders a figure counts. Costs of days that belong to no order always count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderSelection {
    /// Those that the workspace's settings count.
    Counted,
    /// All of these kinds.
    Classes(Vec<OrderClass>),
}

/// A base line under one basis, times a small number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineWeight {
    /// The line.
    pub line: Line,
    /// Whose days.
    pub basis: Basis,
    /// How often it counts; below zero where it lowers the figure.
    pub weight: i32,
}

/// What is summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weighing {
    /// Base lines, each times its weight. In the reporting currency.
    Lines(Vec<LineWeight>),
    /// Orders placed.
    Orders,
}

impl Weighing {
    /// Whether one of these lines is in it.
    #[must_use]
    pub fn has(&self, lines: &[Line]) -> bool {
        match self {
            Self::Lines(weights) => weights.iter().any(|one| lines.contains(&one.line)),
            Self::Orders => false,
        }
    }
}
