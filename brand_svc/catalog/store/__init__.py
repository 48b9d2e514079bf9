"""Statements of the catalog, and the rows they give. Knows neither the wire nor who calls."""
