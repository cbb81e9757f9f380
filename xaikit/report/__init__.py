"""From an AuditResult to one HTML page; nothing is computed here."""
