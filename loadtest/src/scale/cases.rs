//! What is asked of an installation, and what it is made of.

use super::measured::Measured;

/// Writing connections of a node to PostgreSQL, and how many of them take what is not a raise
/// (`ledger/postgres`).
pub(super) const WRITERS: usize = 8;
/// See [`WRITERS`].
pub(super) const WRITERS_SECOND: usize = 5;
/// Requests under way on one connection to the push provider, and those of them that take what is
/// not an alert (`push/fcm/lanes`).
pub(super) const STREAMS: usize = 100;
/// See [`STREAMS`].
pub(super) const STREAMS_SECOND: usize = 40;
/// Pushes a second of one project: FCM's quota of 600,000 a minute.
pub(super) const QUOTA_PER_S: f64 = 10_000.0;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Mean over the day.
    pub(super) incidents_per_s: f64,
    /// The busiest hour has so much more than the mean, the quietest so much less; of one.
    pub(super) swing: f64,
    /// One minute of the run has so many times as many.
    pub(super) minute: f64,
    /// Asked at once when the incident is raised.
    pub(super) at_once: usize,
    /// Asked in all.
    pub(super) alerts: f64,
    /// Other pushes of an alert: stand-downs, updates.
    pub(super) other_pushes: f64,
    pub(super) fixes_per_s: f64,
    /// Who follow the live feed in one organisation: these are sent the messages of its incidents.
    pub(super) viewers_of_one: f64,
    /// Time until the push provider answers, milliseconds.
    pub(super) provider_ms: f64,
}

/// What there is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plant {
    pub(super) nodes: usize,
    pub(super) node_cores: usize,
    /// Connections of a node to the push provider.
    pub(super) connections: usize,
    pub(super) pg_cores: usize,
    /// Primaries; each uses one core.
    pub(super) shards: usize,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) load: Load,
    pub(super) plant: Plant,
}

/// What can run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Node,
    Pg,
    Writers,
    Redis,
    Slots,
    Quota,
}

impl Resource {
    pub(super) const ALL: [Self; 6] = [
        Self::Node,
        Self::Pg,
        Self::Writers,
        Self::Redis,
        Self::Slots,
        Self::Quota,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Node => "node CPU",
            Self::Pg => "PostgreSQL CPU",
            Self::Writers => "connections to PostgreSQL",
            Self::Redis => "Redis CPU",
            Self::Slots => "streams to the provider",
            Self::Quota => "provider's quota",
        }
    }
}

impl Load {
    /// 70 million people; the reasons are in `docs/scale.md`.
    pub(super) const COUNTRY: Self = Self {
        incidents_per_s: 0.17,
        swing: 0.6,
        minute: 3.0,
        at_once: 10,
        alerts: 18.0,
        other_pushes: 1.0,
        fixes_per_s: 2_300.0,
        viewers_of_one: 5.0,
        provider_ms: 60.0,
    };

    /// So many countries like it.
    pub(super) fn countries(self, many: f64) -> Self {
        Self {
            incidents_per_s: self.incidents_per_s * many,
            fixes_per_s: self.fixes_per_s * many,
            ..self
        }
    }

    /// So many times the incidents, at a steady rate, and twice the movement.
    pub(super) fn event(self, times: f64) -> Self {
        Self {
            incidents_per_s: self.incidents_per_s * times,
            fixes_per_s: self.fixes_per_s * 2.0,
            swing: 0.0,
            minute: 1.0,
            ..self
        }
    }

    fn changes_per_s(&self, measured: &Measured) -> f64 {
        self.incidents_per_s * (1.0 + self.alerts * measured.changes_per_alert)
    }
}

impl Plant {
    /// For [`Load::COUNTRY`]: three sites with two nodes each.
    pub(super) const COUNTRY: Self = Self {
        nodes: 6,
        node_cores: 4,
        connections: 8,
        pg_cores: 16,
        shards: 3,
    };

    /// For ten of them in one installation.
    pub(super) const TEN: Self = Self {
        nodes: 12,
        node_cores: 8,
        connections: 8,
        pg_cores: 32,
        shards: 6,
    };

    /// One of three sites is gone.
    pub(super) fn without_a_site(self) -> Self {
        Self {
            nodes: self.nodes - self.nodes / 3,
            ..self
        }
    }
}

/// The lines of the table.
pub(super) fn all() -> [Case; 8] {
    let (load, plant) = (Load::COUNTRY, Plant::COUNTRY);
    let slow = Load {
        provider_ms: 2_000.0,
        ..load
    };
    let fifty = Load {
        incidents_per_s: 50.0,
        ..load.event(1.0)
    };
    let case = |name, load, plant| Case { name, load, plant };
    [
        case("country", load, plant),
        case("country, one site lost", load, plant.without_a_site()),
        case("country, provider answers in 2 s", slow, plant),
        case("country, 50 × (8.5 incidents/s)", load.event(50.0), plant),
        case(
            "the same, one site lost too",
            load.event(50.0),
            plant.without_a_site(),
        ),
        case("country, 50 incidents/s", fifty, plant),
        case(
            "the same, 9 nodes, PostgreSQL of 32",
            fifty,
            Plant {
                nodes: 9,
                pg_cores: 32,
                ..plant
            },
        ),
        case("ten countries", load.countries(10.0), Plant::TEN),
    ]
}

/// CPU of work that the simulation does not follow one by one, in cores: it makes the servers
/// slower.
pub(super) struct Background {
    pub(super) node: f64,
    pub(super) pg: f64,
    pub(super) redis: f64,
}

/// Positions and viewers.
pub(super) fn background(measured: &Measured, load: &Load, plant: &Plant) -> Background {
    // a node reads what is new once for all its viewers
    let looks = load.changes_per_s(measured) * plant.nodes as f64;
    let messages =
        load.incidents_per_s * load.alerts * measured.messages_per_alert * load.viewers_of_one;
    Background {
        node: (load.fixes_per_s * measured.node_fix_us
            + looks * measured.node_look_us
            + messages * measured.node_message_us)
            / 1e6,
        pg: looks * measured.pg_look_us / 1e6,
        redis: load.fixes_per_s * measured.redis_fix_us / 1e6,
    }
}

/// The share of each resource that is needed at the mean rate; above one it does not keep up.
pub(super) fn needed(measured: &Measured, load: &Load, plant: &Plant, what: Resource) -> f64 {
    let background = background(measured, load, plant);
    let (on_node_s, in_pg_s) = measured.incident_cpu_s(load.alerts, load.other_pushes);
    let rate = load.incidents_per_s;
    let nodes = plant.nodes as f64;
    let pushes = rate * load.alerts * (1.0 + load.other_pushes);
    match what {
        Resource::Node => (rate * on_node_s + background.node) / (nodes * plant.node_cores as f64),
        Resource::Pg => (rate * in_pg_s + background.pg) / plant.pg_cores as f64,
        Resource::Writers => {
            let changes = load.changes_per_s(measured) - rate;
            let change = changes * measured.held_ms(measured.pg_change_ms) / 1e3;
            let raise = rate * measured.held_ms(measured.pg_raise_ms) / 1e3;
            let second = change / (nodes * WRITERS_SECOND as f64);
            second.max((raise + change) / (nodes * WRITERS as f64))
        }
        Resource::Redis => {
            (rate * measured.redis_search_ms / 1e3 + background.redis) / plant.shards as f64
        }
        Resource::Slots => {
            let slots = nodes * (plant.connections * STREAMS) as f64;
            pushes * load.provider_ms / 1e3 / slots
        }
        Resource::Quota => pushes / QUOTA_PER_S,
    }
}

/// At which multiple of the load a resource runs out, up to a million; `grow` makes the load.
pub(super) fn runs_out(
    measured: &Measured,
    plant: &Plant,
    what: Resource,
    grow: impl Fn(f64) -> Load,
) -> f64 {
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if needed(measured, &grow(middle), plant, what) < 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_runs_out_where_all_of_it_is_needed() {
        let measured = Measured::default();
        let grow = |times| Load {
            incidents_per_s: Load::COUNTRY.incidents_per_s * times,
            ..Load::COUNTRY
        };
        for what in Resource::ALL {
            let times = runs_out(&measured, &Plant::COUNTRY, what, grow);
            let share = needed(&measured, &grow(times), &Plant::COUNTRY, what);
            assert!((share - 1.0).abs() < 1e-6, "{}: {share}", what.name());
        }
    }
}
