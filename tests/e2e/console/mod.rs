//! The pages for people, without a script.

mod browser;
mod isolation;
mod keys;
mod logs;
mod mappings;
mod monitoring;
mod provider_pages;
mod provider_settings;
mod signing_in;
mod views;
mod workflows;
