"""The dashboard's view-model: pure, told of records, asked for what is to be seen."""
