namespace Realtime.Lab.Reports;

/// <summary>stub to be replaced</summary>
public static class HtmlReport
{
    /// <summary>stub</summary>
    public static string Write(Results.ComparisonResult result) => result.Workload;
}
