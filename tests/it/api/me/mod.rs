//! `/v1/me`: what a responder and their phones see and do.

mod alerts;
mod answers;
mod attention;
mod devices;
mod fixes;
mod places;
mod readiness;
mod report;
