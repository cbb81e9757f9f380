"""One file a section: AuditResult → blocks."""
