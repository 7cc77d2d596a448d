namespace Realtime.Lab;

/// <summary>A run could not be carried out. The message is one sentence for the person who started it.</summary>
public sealed class LabException : Exception
{
    /// <summary>Creates it with its sentence.</summary>
    public LabException(string message) : base(message)
    {
    }

    /// <summary>Creates it with its sentence and the cause.</summary>
    public LabException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
