"""Rules from sentences: closed templates over the words of a contract. What is not understood is said."""
