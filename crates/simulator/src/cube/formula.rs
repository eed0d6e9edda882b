//! Formulas: arithmetic and comparisons over line items.

/// A formula, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Formula {
    Number(f64),
    /// A line item of the same module, or of another one.
    Name {
        module: Option<String>,
        name: String,
    },
    Minus(Box<Formula>),
    Pair(Operator, Box<Formula>, Box<Formula>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Operator(Operator),
    Dot,
    Open,
    Close,
}

/// The deepest nesting of parentheses.
const MAX_DEPTH: usize = 50;

impl Formula {
    /// Reads a formula; nothing if it isn't one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, depth: 0 };
        let formula = parser.comparison()?;
        parser.tokens.is_empty().then_some(formula)
    }

    /// Calls `each` with every name in it: the module's, if it has one, and the line item's.
    pub(super) fn each_name(&self, each: &mut dyn FnMut(Option<&str>, &str)) {
        match self {
            Self::Number(_) => {}
            Self::Name { module, name } => each(module.as_deref(), name),
            Self::Minus(part) => part.each_name(each),
            Self::Pair(_, left, right) => {
                left.each_name(each);
                right.each_name(each);
            }
        }
    }

    /// Works it out; comparisons give 1 and 0. Dividing by zero gives zero.
    pub(super) fn evaluate(&self, value: &dyn Fn(Option<&str>, &str) -> f64) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Name { module, name } => value(module.as_deref(), name),
            Self::Minus(part) => -part.evaluate(value),
            Self::Pair(operator, left, right) => {
                let (left, right) = (left.evaluate(value), right.evaluate(value));
                let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
                match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide if right == 0.0 => 0.0,
                    Operator::Divide => left / right,
                    Operator::Less => truth(left < right),
                    Operator::LessOrEqual => truth(left <= right),
                    Operator::Greater => truth(left > right),
                    Operator::GreaterOrEqual => truth(left >= right),
                    Operator::Equal => truth(left == right),
                    Operator::NotEqual => truth(left != right),
                }
            }
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    depth: usize,
}

impl Parser<'_> {
    fn comparison(&mut self) -> Option<Formula> {
        let left = self.sum()?;
        let Some(Token::Operator(operator)) = self.tokens.first() else { return Some(left) };
        let operator = *operator;
        self.skip();
        Some(Formula::Pair(operator, Box::new(left), Box::new(self.sum()?)))
    }

    fn sum(&mut self) -> Option<Formula> {
        let mut left = self.product()?;
        while let Some(operator) = self.operator(&[Operator::Add, Operator::Subtract]) {
            left = Formula::Pair(operator, Box::new(left), Box::new(self.product()?));
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Formula> {
        let mut left = self.factor()?;
        while let Some(operator) = self.operator(&[Operator::Multiply, Operator::Divide]) {
            left = Formula::Pair(operator, Box::new(left), Box::new(self.factor()?));
        }
        Some(left)
    }

    fn factor(&mut self) -> Option<Formula> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let token = self.tokens.first()?.clone();
        self.skip();
        let factor = match token {
            Token::Number(number) => Formula::Number(number),
            Token::Operator(Operator::Subtract) => Formula::Minus(Box::new(self.factor()?)),
            Token::Open => {
                let inner = self.comparison()?;
                (self.tokens.first() == Some(&Token::Close)).then_some(())?;
                self.skip();
                inner
            }
            Token::Name(name) if self.tokens.first() == Some(&Token::Dot) => {
                self.skip();
                let Some(Token::Name(inner)) = self.tokens.first().cloned() else { return None };
                self.skip();
                Formula::Name { module: Some(name), name: inner }
            }
            Token::Name(name) => Formula::Name { module: None, name },
            Token::Operator(_) | Token::Dot | Token::Close => return None,
        };
        self.depth -= 1;
        Some(factor)
    }

    fn operator(&mut self, wanted: &[Operator]) -> Option<Operator> {
        let Some(Token::Operator(operator)) = self.tokens.first() else { return None };
        let operator = *operator;
        wanted.contains(&operator).then(|| {
            self.skip();
            operator
        })
    }

    fn skip(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        let mut followed_by = |next: char| letters.next_if(|(_, it)| *it == next).is_some();
        tokens.push(match letter {
            ' ' | '\t' | '\n' | '\r' => continue,
            '+' => Token::Operator(Operator::Add),
            '-' => Token::Operator(Operator::Subtract),
            '*' => Token::Operator(Operator::Multiply),
            '/' => Token::Operator(Operator::Divide),
            '=' => Token::Operator(Operator::Equal),
            '<' if followed_by('=') => Token::Operator(Operator::LessOrEqual),
            '<' if followed_by('>') => Token::Operator(Operator::NotEqual),
            '<' => Token::Operator(Operator::Less),
            '>' if followed_by('=') => Token::Operator(Operator::GreaterOrEqual),
            '>' => Token::Operator(Operator::Greater),
            '(' => Token::Open,
            ')' => Token::Close,
            '.' => Token::Dot,
            '\'' => {
                let name: String =
                    letters.by_ref().map(|(_, it)| it).take_while(|it| *it != '\'').collect();
                Token::Name(name)
            }
            digit if digit.is_ascii_digit() => {
                let mut end = start + 1;
                while let Some((at, _)) =
                    letters.next_if(|(_, it)| it.is_ascii_digit() || *it == '.')
                {
                    end = at + 1;
                }
                Token::Number(text.get(start..end)?.parse().ok()?)
            }
            first if first.is_alphabetic() || first == '_' => {
                let mut end = start + first.len_utf8();
                while let Some((at, it)) = letters.next_if(|(_, it)| {
                    it.is_alphanumeric() || *it == ' ' || *it == '_' || *it == '%'
                }) {
                    end = at + it.len_utf8();
                }
                Token::Name(text.get(start..end)?.trim_end().to_owned())
            }
            _ => return None,
        });
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> f64 {
        let names = |module: Option<&str>, name: &str| match (module, name) {
            (None, "Units") => 3.0,
            (None, "Price per unit") => 2.5,
            (Some("Costs & more"), "Rent") => 4.0,
            _ => panic!("{module:?} {name}"),
        };
        Formula::parse(text).expect("a formula").evaluate(&names)
    }

    #[test]
    fn arithmetic_follows_its_rules() {
        assert_eq!(value("1 + 2 * 3"), 7.0);
        assert_eq!(value("(1 + 2) * -3"), -9.0);
        assert_eq!(value("10 - 4 - 3"), 3.0);
        assert_eq!(value("Units * Price per unit"), 7.5);
        assert_eq!(value("'Costs & more'.Rent / Units * 3"), 4.0);
        assert_eq!(value("Units / 0"), 0.0);
        assert_eq!(value("Units >= 3"), 1.0);
        assert_eq!(value("Units <> 3"), 0.0);
    }

    #[test]
    fn nonsense_is_no_formula() {
        for text in ["", "1 +", "(1", "1)", "* 2", "a.", "1 2", "§", &"(".repeat(10_000)] {
            assert_eq!(Formula::parse(text), None, "{text}");
        }
    }
}
