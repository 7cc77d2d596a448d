namespace Realtime.Transports.Problems;

/// <summary>Ends a request with a problem; <see cref="ProblemRouting"/> turns it into the answer.</summary>
public sealed class ProblemException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ProblemException(Problem problem)
        : base(problem.Detail) => Problem = problem;

    /// <summary>What the client is told.</summary>
    public Problem Problem { get; }
}
