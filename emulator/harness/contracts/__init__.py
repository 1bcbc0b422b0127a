"""Contracts: everything that is delivered, as JSON Schemas and as one AsyncAPI document."""
