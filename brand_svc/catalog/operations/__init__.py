"""What people do with the catalog, one transaction each: load, let the rules decide, store."""
