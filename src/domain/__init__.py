"""What is true about orders, stock, money and identity: pure Python, no clock, no I/O, no framework."""
