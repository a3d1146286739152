//! What an installation costs a month. Prices are assumptions: three levels of public list prices
//! for rented virtual machines, without commitments and without taxes.

/// Hours of a month.
const HOURS: f64 = 730.0;

/// US dollars.
pub(super) struct Prices {
    vcpu_hour: f64,
    memory_gb_hour: f64,
    disk_gb_month: f64,
    sent_gb: f64,
}

/// Low, middle, high.
pub(super) const LEVELS: [Prices; 3] = [
    Prices {
        vcpu_hour: 0.006,
        memory_gb_hour: 0.001,
        disk_gb_month: 0.05,
        sent_gb: 0.002,
    },
    Prices {
        vcpu_hour: 0.02,
        memory_gb_hour: 0.003,
        disk_gb_month: 0.10,
        sent_gb: 0.02,
    },
    Prices {
        vcpu_hour: 0.04,
        memory_gb_hour: 0.005,
        disk_gb_month: 0.17,
        sent_gb: 0.09,
    },
];

/// What is rented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) vcpu: u32,
    pub(super) memory_gb: u32,
    pub(super) disk_gb: u32,
    /// To the outside, a month.
    pub(super) sent_gb: u32,
}

impl Size {
    /// Six nodes of 4 vCPU and 8 GB; PostgreSQL and two standbys of 16 vCPU, 64 GB, 1,000 GB; three
    /// Redis primaries and their replicas of 2 vCPU and 4 GB.
    const COUNTRY: Self = Self {
        vcpu: 6 * 4 + 3 * 16 + 6 * 2,
        memory_gb: 6 * 8 + 3 * 64 + 6 * 4,
        disk_gb: 3 * 1_000,
        sent_gb: 2_000,
    };

    /// Twelve nodes of 8 vCPU and 16 GB; PostgreSQL and two standbys of 32 vCPU, 128 GB, 6,000 GB;
    /// six Redis primaries and their replicas of 2 vCPU and 4 GB.
    const TEN: Self = Self {
        vcpu: 12 * 8 + 3 * 32 + 12 * 2,
        memory_gb: 12 * 16 + 3 * 128 + 12 * 4,
        disk_gb: 3 * 6_000,
        sent_gb: 20_000,
    };

    /// The installations of the page.
    pub(super) const ALL: [(&'static str, Self); 2] =
        [("country", Self::COUNTRY), ("ten countries", Self::TEN)];

    /// US dollars a month.
    pub(super) fn month(&self, prices: &Prices) -> f64 {
        let machines = f64::from(self.vcpu) * prices.vcpu_hour
            + f64::from(self.memory_gb) * prices.memory_gb_hour;
        HOURS * machines
            + f64::from(self.disk_gb) * prices.disk_gb_month
            + f64::from(self.sent_gb) * prices.sent_gb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_what_the_formula_of_the_page_says() {
        let prices = Prices {
            vcpu_hour: 0.01,
            memory_gb_hour: 0.001,
            disk_gb_month: 0.1,
            sent_gb: 0.5,
        };
        let size = Size {
            vcpu: 10,
            memory_gb: 100,
            disk_gb: 20,
            sent_gb: 4,
        };
        assert!((size.month(&prices) - (730.0 * 0.2 + 2.0 + 2.0)).abs() < 1e-9);
    }
}
