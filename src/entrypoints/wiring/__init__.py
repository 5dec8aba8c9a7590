"""What serves what: tables, put together by `entrypoints.container`."""
