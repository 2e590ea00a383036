"""What the governing documents demand, one sentence a requirement and one module a document."""
