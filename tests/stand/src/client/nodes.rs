//! The same caller at every node of an installation.

use super::Api;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One caller who asks another node each time, as behind a load balancer. Clones share the turn.
#[derive(Debug, Clone)]
pub struct Nodes {
    first: Api,
    others: Arc<[Api]>,
    turn: Arc<AtomicUsize>,
}

impl Nodes {
    /// This caller at its own address and at these further ones.
    pub fn new(caller: Api, others: &[String]) -> Self {
        let others = others.iter().map(|base| caller.at(base)).collect();
        Self {
            first: caller,
            others,
            turn: Arc::default(),
        }
    }

    /// The caller at the node whose turn it is.
    pub fn any(&self) -> &Api {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % (self.others.len() + 1);
        turn.checked_sub(1)
            .and_then(|n| self.others.get(n))
            .unwrap_or(&self.first)
    }

    /// The same nodes with another token, the turn beginning at the `n`-th.
    #[must_use]
    pub fn as_other(&self, token: &str, n: usize) -> Self {
        Self {
            first: self.first.as_other(token),
            others: self.others.iter().map(|api| api.as_other(token)).collect(),
            turn: Arc::new(AtomicUsize::new(n)),
        }
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        self.first.token()
    }

    /// The addresses of the nodes.
    pub fn base_urls(&self) -> Vec<String> {
        let all = std::iter::once(&self.first).chain(self.others.iter());
        all.map(|api| api.base_url().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_has_its_turn() {
        let caller = Api::new("http://a", "t").unwrap();
        let nodes = Nodes::new(caller, &["http://b".to_owned(), "http://c".to_owned()]);
        let asked: Vec<_> = (0..4).map(|_| nodes.any().base_url().to_owned()).collect();
        assert_eq!(asked, ["http://a", "http://b", "http://c", "http://a"]);
        let other = nodes.as_other("u", 2);
        assert_eq!(other.any().base_url(), "http://c");
        assert_eq!(other.any().token(), "u");
    }
}
