"""Answers to questions that customers often ask: shared or one's own, in several languages. See docs/faq.md."""
