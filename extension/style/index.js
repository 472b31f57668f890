import "uplot/dist/uPlot.min.css";
import "./base.css";
import "./study.css";
import "./run.css";
import "./card.css";
