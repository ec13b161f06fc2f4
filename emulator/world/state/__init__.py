"""A file in which worlds live on when their server is gone."""
