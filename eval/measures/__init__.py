"""What is measured: of a ranking, of an answer, of a whole set; the scorecard puts it together."""
